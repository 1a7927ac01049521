"""Measures the tests of the maker share: unfold an image by its truth and compare."""

import cv2
import numpy as np

from tests.paper import Image, Quad


def unfolded(image: Image, corners: Quad, size: tuple[int, int]) -> Image:
    """The page inside *corners* as a flat image of *size* (width, height)."""
    width, height = size
    goal = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(np.array(corners, dtype=np.float32), goal)
    return np.asarray(cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_AREA), np.uint8)


def likeness(one: Image, other: Image) -> float:
    """Correlation −1…1 of what is written on two images of one size, whatever their light."""
    marks = []
    for image in (one, other):
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.float32)
        soft = cv2.GaussianBlur(grey, (0, 0), 1.5)
        marks.append(soft - cv2.GaussianBlur(grey, (0, 0), 12))
    return float(np.corrcoef(marks[0].ravel(), marks[1].ravel())[0, 1])


def sharpness(image: Image) -> float:
    """Variance of the Laplacian after a light blur, which takes sensor noise away."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (0, 0), 1.2)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())

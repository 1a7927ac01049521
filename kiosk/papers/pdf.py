"""What a PDF says about itself: its title, and nothing else."""

import io

import pikepdf


def without_traces(pdf: bytes) -> bytes:
    """Return *pdf* without dates, producer and metadata stream, its title kept.

    The same paper drawn twice gives the same bytes: a reprint does not tell when it was made.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        title = str(document.docinfo.get("/Title", ""))
        if "/Metadata" in document.Root:
            del document.Root.Metadata
        if "/ID" in document.trailer:
            del document.trailer.ID  # drawn by lot; a new one is made from the content
        del document.docinfo
        document.docinfo["/Title"] = title
        buffer = io.BytesIO()
        document.save(
            buffer,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return buffer.getvalue()

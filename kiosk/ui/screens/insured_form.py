"""The fields of step 1, laid out in two columns."""

from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kiosk.domain import words
from kiosk.domain.vocabulary import Beneficiary, Depositor, DossierKind, IdType
from kiosk.ui.i18n import texts
from kiosk.ui.i18n.shown import fill, same
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.widgets.chips import ChipGroup
from kiosk.ui.widgets.field import Field
from kiosk.ui.widgets.grouped import (
    GroupedEdit,
    as_day,
    as_document,
    as_phone,
    in_threes,
)
from kiosk.ui.widgets.reader_name import ReaderName

IMMATRICULATION_DIGITS: Final = 9
_BENEFICIARY: Final = {
    **words.BENEFICIARY,
    Beneficiary.SELF: texts.INSURED_SELF,
}


class DocumentChoice(QComboBox):
    """Which identity document was shown; up and down choose."""

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self._tongue = tongue
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for id_type in IdType:
            self.addItem("", id_type)
        tongue.changed.connect(self._say)
        self._say()
        ReaderName(self, tongue, texts.ID_DOCUMENT)

    def value(self) -> IdType:
        """Return the document chosen."""
        return IdType(self.currentData())

    @Slot()
    def _say(self) -> None:
        for at, id_type in enumerate(IdType):
            self.setItemText(at, f"{self._tongue.say(words.ID_TYPE[id_type])} ▾")


class InsuredForm(QFrame):
    """Everything an agent types about one dossier. It judges nothing; its screen does."""

    FIELD_NAMES: Final = (
        *("immatriculation", "again", "id_number", "phone", "beneficiary"),
        *("kind", "care_date", "end_date", "amount", "depositor"),
    )

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.immatriculation = GroupedEdit(in_threes)
        self.again = GroupedEdit(in_threes)
        self.document = DocumentChoice(tongue)
        self.id_number = GroupedEdit(as_document)
        self.phone = GroupedEdit(as_phone)
        self.beneficiary = ChipGroup(tongue, _BENEFICIARY.items(), first=Beneficiary.SELF)
        self.kind = ChipGroup(tongue, words.DOSSIER_KIND.items(), first=DossierKind.MALADIE)
        self.care_date = GroupedEdit(as_day)
        self.end_date = GroupedEdit(as_day)
        self.amount = GroupedEdit()
        self.depositor = ChipGroup(tongue, words.DEPOSITOR.items(), first=Depositor.SELF)
        digits = fill(texts.DIGITS_OF, n=same("0"), of=same(str(IMMATRICULATION_DIGITS)))
        fields = (
            Field(
                tongue,
                "immatriculation",
                texts.IMMATRICULATION,
                self.immatriculation,
                hint=digits,
            ),
            Field(tongue, "again", texts.AGAIN, self.again, hint=texts.AGAIN_HINT),
            Field(tongue, "id_number", texts.ID_DOCUMENT, self.id_number, beside=self.document),
            Field(tongue, "phone", texts.PHONE, self.phone, hint=texts.PHONE_HINT),
            Field(tongue, "beneficiary", texts.BENEFICIARY, self.beneficiary),
            Field(tongue, "kind", texts.KIND, self.kind),
            Field(tongue, "care_date", texts.CARE_DATE, self.care_date, hint=texts.DATE_HINT),
            Field(tongue, "end_date", texts.END_DATE, self.end_date, hint=texts.END_HINT),
            Field(tongue, "amount", texts.AMOUNT, self.amount, hint=texts.AMOUNT_HINT),
            Field(tongue, "depositor", texts.DEPOSITOR, self.depositor),
        )
        self.fields: Final = {
            name: field for name, field in zip(self.FIELD_NAMES, fields, strict=True)
        }
        """Fields by name, in the order Enter goes through them."""
        self._lay_out()
        self.show_again(wanted=False)
        self.show_end(wanted=False)

    def show_again(self, *, wanted: bool) -> None:
        """Show or hide the second typing."""
        self.fields["again"].setVisible(wanted)

    def show_end(self, *, wanted: bool) -> None:
        """Show or hide the end of treatment: it belongs to long illness."""
        self.fields["end_date"].setVisible(wanted)

    def reveal(self, field: Field) -> None:
        """Scroll a field into sight."""
        self._scroll.ensureWidgetVisible(field, 0, 12)

    def _lay_out(self) -> None:
        places = {
            "immatriculation": (0, 0),
            "id_number": (0, 1),
            "again": (1, 0),
            "phone": (2, 0),
            "beneficiary": (2, 1),
            "kind": (3, 0),
            "amount": (4, 0),
            "depositor": (4, 1),
        }
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(10)
        for name, (row, column) in places.items():
            grid.addWidget(self.fields[name], row, column)
        dates = QVBoxLayout()
        dates.setSpacing(10)
        dates.addWidget(self.fields["care_date"])
        dates.addWidget(self.fields["end_date"])
        grid.addLayout(dates, 3, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(5, 1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # fields come into sight by themselves
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(inside)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(4, 4, 4, 4)
        outside.addWidget(self._scroll)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Let Tab go the way Enter goes."""
        order: list[QWidget] = []
        for field in self.fields.values():
            if field.name == "id_number":
                order.append(self.document)
            order.append(field.control)
        for before, behind in pairwise(order):
            QWidget.setTabOrder(before, behind)

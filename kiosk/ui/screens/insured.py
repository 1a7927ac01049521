"""Step 1: who is insured, who was treated, what is asked for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.domain import identifiers, money
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.form import DepositForm
from kiosk.domain.vocabulary import Beneficiary, Depositor, DossierKind, IdType
from kiosk.domain.words import LAW_09_08, Words
from kiosk.ui import judging
from kiosk.ui.i18n import texts
from kiosk.ui.i18n.shown import fill
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.judging import NOTHING, Tone, Verdict
from kiosk.ui.keys import is_enter
from kiosk.ui.screens.insured_form import IMMATRICULATION_DIGITS, InsuredForm
from kiosk.ui.screens.side_card import SideCard
from kiosk.ui.widgets.field import Field
from kiosk.ui.widgets.grouped import GroupedEdit
from kiosk.ui.widgets.said import NO_WORDS, KeyButton


class InsuredScreen(QWidget):
    """Judges each field when it is left, and lets a right form go on."""

    ready = Signal(object)  # DepositForm
    left = Signal()  # a field was left, or a choice made

    def __init__(self, tongue: Tongue, today: Callable[[], date]) -> None:
        super().__init__()
        self._today = today
        self.form = InsuredForm(tongue)
        self._touched: set[str] = set()
        button = KeyButton(tongue, texts.NEXT_PAGES, "Enter", look="primary")
        button.clicked.connect(self._finish)
        self._side = SideCard(
            tongue, title=texts.BEFORE, lead=texts.BEFORE_TEXT, notice=LAW_09_08, button=button
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.form, 3)
        row.addWidget(self._side, 1)
        for field in self.form.fields.values():
            field.left.connect(self._on_left)
            field.entered.connect(self._on_entered)
        for edit in (self.form.immatriculation, self.form.again, self.form.care_date):
            edit.typed.connect(self._on_typed)
        for edit in (self.form.end_date, self.form.amount, self.form.id_number, self.form.phone):
            edit.typed.connect(self._on_typed)
        self.form.document.currentIndexChanged.connect(self._on_document)
        self.form.kind.chosen.connect(self._on_kind)
        self.form.beneficiary.chosen.connect(self._on_chosen)
        self.form.depositor.chosen.connect(self._on_chosen)
        self._on_document()

    def enter(self) -> None:
        """Put the focus where typing begins."""
        wanted = "beneficiary" if self.form.immatriculation.is_kept else "immatriculation"
        self.form.fields[wanted].focus()

    def value(self) -> DepositForm:
        """Return the form as typed."""
        form = self.form
        kind = DossierKind(form.kind.value() or DossierKind.MALADIE)
        id_type = form.document.value()
        return DepositForm(
            immatriculation=form.immatriculation.value(),
            id_type=id_type,
            id_number="" if id_type is IdType.NONE else form.id_number.value(),
            phone=form.phone.value(),
            beneficiary=Beneficiary(form.beneficiary.value() or Beneficiary.SELF),
            depositor=Depositor(form.depositor.value() or Depositor.SELF),
            kind=kind,
            care_date=form.care_date.value(),
            end_date=form.end_date.value() if kind is DossierKind.ALD else "",
            amount=form.amount.value(),
        )

    def is_touched(self) -> bool:
        """Tell whether something was typed that would be lost."""
        edits = (self.form.immatriculation, self.form.id_number, self.form.phone)
        rest = (self.form.care_date, self.form.end_date, self.form.amount)
        return any(edit.text() and not edit.is_kept for edit in (*edits, *rest))

    def reset(self, same_insured: DepositForm | None = None) -> None:
        """Empty the form for another person, or keep the insured person for another dossier."""
        form = self.form
        edits = (form.immatriculation, form.again, form.id_number, form.phone)
        for edit in (*edits, form.care_date, form.end_date, form.amount):
            edit.empty()
        for field in form.fields.values():
            field.rest()
        kept = same_insured or DepositForm(id_type=IdType.CIN)
        form.document.setCurrentIndex(list(IdType).index(kept.id_type))
        form.document.setEnabled(same_insured is None)
        form.depositor.choose(kept.depositor)
        form.beneficiary.choose(Beneficiary.SELF)
        form.kind.choose(DossierKind.MALADIE)
        form.show_again(wanted=False)
        form.show_end(wanted=False)
        self._side.tell(NO_WORDS)
        if same_insured is not None:
            self._keep(same_insured)
        else:
            self._on_document()

    def fill(self, found: DepositForm, *, was_passed: bool) -> bool:
        """Type again what was noted of a dossier; tell whether nothing is left to type.

        With *was_passed* a number in doubt was typed twice already.
        """
        before = self.blockSignals(True)  # nothing is to be noted of a form that is half filled
        self._type_again(found, was_passed=was_passed)
        self.blockSignals(before)
        is_whole = bool(found.immatriculation and found.care_date and found.amount)
        asked = [one for one in self.form.fields.values() if is_whole or _is_typed(one)]
        verdicts = [self._judge(field) for field in asked if not field.isHidden()]
        self._judge(self.form.fields["immatriculation"])
        again = self.form.fields["again"]
        if is_whole and not again.isHidden():
            verdicts.append(self._judge(again))
        return is_whole and not any(verdict.is_wrong for verdict in verdicts)

    def say(self, words: Words) -> None:
        """Say that something could not be kept."""
        self._side.tell(words, "wrong")

    def point_at(self, name: str) -> None:
        """Put the focus on a field that was refused later."""
        if name in self.form.fields:
            self.form.fields[name].focus()

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this step's keys; tell whether it was one."""
        closes = event.key() == Qt.Key.Key_Escape and self._side.is_helping()
        if closes or event.key() == Qt.Key.Key_F1:
            self._side.toggle_help()
        elif is_enter(event):
            self._advance()
        else:
            return False
        return True

    def _type_again(self, found: DepositForm, *, was_passed: bool) -> None:
        form = self.form
        self.reset()
        form.document.setCurrentIndex(list(IdType).index(found.id_type))
        form.beneficiary.choose(found.beneficiary)
        form.depositor.choose(found.depositor)
        form.kind.choose(found.kind)
        form.show_end(wanted=found.kind is DossierKind.ALD)
        for edit, text in (
            (form.immatriculation, found.immatriculation),
            (form.again, found.immatriculation if was_passed else ""),
            (form.id_number, found.id_number),
            (form.phone, found.phone),
            (form.care_date, found.care_date),
            (form.end_date, found.end_date),
            (form.amount, found.amount),
        ):
            edit.setText(text)

    def _keep(self, kept: DepositForm) -> None:
        number = identifiers.fold(kept.immatriculation)
        self.form.immatriculation.keep(kept.immatriculation, identifiers.masked(number))
        self.form.fields["immatriculation"].judge(Verdict(words=texts.SAME_INSURED))
        for edit, value in ((self.form.id_number, kept.id_number), (self.form.phone, kept.phone)):
            folded = identifiers.fold(value)
            edit.keep(value, f"••• {folded[-3:]}" if folded else "")

    def _advance(self) -> None:
        shown = [field for field in self.form.fields.values() if field.isVisible()]
        if self.form.document.hasFocus():
            self.form.fields["id_number"].focus()
            return
        for at, field in enumerate(shown[:-1]):
            if field.isAncestorOf(self.focusWidget()):
                step = shown[at + 1]
                if step.name == "id_number" and not self.form.id_number.is_kept:
                    self.form.document.setFocus(Qt.FocusReason.TabFocusReason)
                    if not self.form.id_number.text():
                        step.focus()
                else:
                    step.focus()
                self._show_again_first(field)
                return
        self._finish()

    def _show_again_first(self, left: Field) -> None:
        """Go to the second typing when leaving the number has just asked for it."""
        again = self.form.fields["again"]
        if left.name == "immatriculation" and again.isVisible() and not self.form.again.text():
            again.focus()

    @Slot()
    def _finish(self) -> None:
        wrong = [
            field
            for field in self.form.fields.values()
            if self._judge(field).is_wrong and field.isVisible()
        ]
        if wrong:
            self._side.tell(fill(texts.TO_CORRECT, field=wrong[0].label_words), "wrong")
            wrong[0].focus()
            return
        self._side.tell(NO_WORDS)
        self.ready.emit(self.value())

    @Slot()
    def _on_left(self) -> None:
        for field in self.form.fields.values():
            if field is self.sender():
                self._judge(field)
                self._show_amount(field)
        self.left.emit()

    @Slot(str)
    def _on_entered(self, name: str) -> None:
        self._side.follow(name)
        self.form.reveal(self.form.fields[name])

    @Slot()
    def _on_typed(self) -> None:
        self._side.tell(NO_WORDS)
        for field in self.form.fields.values():
            if field.control is not self.sender():
                continue
            if field.name in ("immatriculation", "again"):
                text = self.form.fields[field.name].control.property("text")
                field.judge(judging.digits_so_far(str(text), IMMATRICULATION_DIGITS))
            else:
                field.rest()

    @Slot()
    def _on_document(self) -> None:
        is_none = self.form.document.value() is IdType.NONE
        self.form.id_number.setVisible(not is_none)
        field = self.form.fields["id_number"]
        field.judge(judging.id_number(IdType.NONE, "") if is_none else NOTHING)
        self.left.emit()

    @Slot()
    def _on_chosen(self) -> None:
        self.left.emit()

    @Slot(object)
    def _on_kind(self, kind: DossierKind) -> None:
        self.form.show_end(wanted=kind is DossierKind.ALD)
        if self.form.care_date.text():
            self._judge(self.form.fields["care_date"])
        self.left.emit()

    def _judge(self, field: Field) -> Verdict:
        form, value, today = self.form, self.value(), self._today()
        if field.name == "immatriculation" and not form.immatriculation.is_kept:
            field.judge(self._number_verdict())
        elif field.name == "again" and not field.isHidden():
            field.judge(judging.second_typing(value.immatriculation, form.again.text()))
            form.fields["immatriculation"].judge(self._number_verdict())
        elif field.name == "id_number" and not form.id_number.is_kept:
            field.judge(judging.id_number(value.id_type, value.id_number))
        elif field.name == "phone" and not form.phone.is_kept:
            field.judge(judging.phone(value.phone))
        elif field.name == "care_date":
            field.judge(judging.care_date(value.care_date, value.end_date, today))
        elif field.name == "end_date":
            field.judge(judging.end_date(value.end_date, value.care_date, today))
            if not field.verdict.is_wrong and form.care_date.text():
                self._judge(form.fields["care_date"])
        elif field.name == "amount":
            field.judge(judging.amount(value.amount))
        return field.verdict

    def _number_verdict(self) -> Verdict:
        text = self.form.immatriculation.value()
        verdict = judging.immatriculation(text)
        in_doubt = verdict.tone is Tone.ATTENTION
        self.form.show_again(wanted=in_doubt)
        confirmed = judging.second_typing(text, self.form.again.text())
        if in_doubt and not confirmed.is_wrong:
            return replace(verdict, words=texts.AGAIN_SAME)
        return verdict

    def _show_amount(self, field: Field) -> None:
        if field.name == "amount" and not field.verdict.is_wrong:
            try:
                self.form.amount.setText(money.shown(money.parse(self.form.amount.text())))
            except InvalidInputError:
                return


def _is_typed(field: Field) -> bool:
    return isinstance(field.control, GroupedEdit) and bool(field.control.text())

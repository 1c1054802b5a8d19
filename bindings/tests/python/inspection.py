"""An inspection through the generated bindings, as an app would make it.

WURAO_SERVER is a server with the county of this folder, WURAO_PHOTO a JPEG file.
"""

import hashlib
import os
import tempfile
import time
import unittest

import p256
from wurao_ffi import (
    Cancel,
    Cause,
    Colour,
    DeviceClock,
    DeviceSigner,
    FieldStanding,
    FormItem,
    LateStart,
    LateState,
    Phone,
    PhoneError,
    PhotoState,
    PortError,
    Step,
    SyncObserver,
    SyncOptions,
    WorkState,
    qr_png,
)

SERVER = os.environ["WURAO_SERVER"]
PHOTO = os.environ["WURAO_PHOTO"]
WANG = "a0000000000000000000000000000001"
TODAY = "c0000000000000000000000000000001"
NEXT_WEEK = "c0000000000000000000000000000002"
ZHAO = "a0000000000000000000000000000003"
ZHAO_TODAY = "c0000000000000000000000000000003"
ZHAO_NEXT_WEEK = "c0000000000000000000000000000004"
SHANGHE = "50000000000000000000000000000001"
XIAHE = "50000000000000000000000000000002"


def short_code(permit):
    """As the village's page and any other reader makes it."""
    first = hashlib.sha256(b"wurao-short-code-1" + bytes.fromhex(permit)).digest()[:8]
    return 100_000_000 + int.from_bytes(first, "big") % 900_000_000


class Folders(unittest.TestCase):
    def folder(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        return os.path.join(made.name, "phone")


class KeyStore(DeviceSigner):
    """A key that never leaves this object."""

    def __init__(self, high=False):
        self.secret = int.from_bytes(os.urandom(31), "big") + 1
        self.high = high
        self.signed = 0

    def public_key(self):
        return p256.compressed(self.secret)

    def sign(self, data):
        self.signed += 1
        return p256.sign(self.secret, data, self.high)

    def destroy(self):
        self.secret = None


class Clock(DeviceClock):
    """The real time, and some."""

    def __init__(self, ahead_ms=0):
        self.ahead_ms = ahead_ms

    def wall_ms(self):
        return time.time_ns() // 1_000_000 + self.ahead_ms

    def mono_ms(self):
        return time.monotonic_ns() // 1_000_000

    def offset_minutes(self):
        return 480


class Steps(SyncObserver):
    def __init__(self):
        self.seen = []

    def step(self, step):
        self.seen.append(step)


class Throws(SyncObserver):
    def step(self, step):
        raise ValueError("a progress bar broke")


class WithoutAServer(Folders):
    def test_a_fresh_phone_is_not_enrolled(self):
        phone = Phone.open(self.folder())
        for call in (phone.persons, phone.work, lambda: phone.start(TODAY), lambda: phone.sync(SyncOptions())):
            with self.assertRaises(PhoneError.NotEnrolled):
                call()

    def test_what_is_no_id_is_said_to_be_none(self):
        phone = Phone.open(self.folder())
        for text in ("", "x", "a" * 31, "a" * 34, "ü" * 16):
            with self.assertRaises(PhoneError.BadInput) as raised:
                phone.use_person(text)
            self.assertEqual(raised.exception.code, "bad-id")
            self.assertIn("is no id", raised.exception.detail)

    def test_a_server_that_cannot_be_reached_is_no_fault_of_the_phone(self):
        phone = Phone.open(self.folder())
        with self.assertRaises(PhoneError.Offline):
            phone.enrol("http://127.0.0.1:9", "WANG-1", "phone")

    def test_a_folder_that_cannot_be_made_is_an_error_with_a_code(self):
        with tempfile.NamedTemporaryFile() as file:
            with self.assertRaises(PhoneError.Unexpected) as raised:
                Phone.open(os.path.join(file.name, "phone"))
            self.assertEqual(raised.exception.code, "file")

    def test_a_key_store_that_gives_no_key_is_refused(self):
        class NoPoint(KeyStore):
            def public_key(self):
                return b"\x02" + b"\xff" * 32

        class Locked(KeyStore):
            def public_key(self):
                raise PortError.Failed("the key store is locked")

        class Broken(KeyStore):
            def public_key(self):
                raise ValueError("of another kind")

        for signer, words in ((NoPoint(), "P-256"), (Locked(), "locked"), (Broken(), "of another kind")):
            with self.assertRaises(PhoneError.BadInput) as raised:
                Phone.open(self.folder(), signer=signer)
            self.assertEqual(raised.exception.code, "bad-key")
            self.assertIn(words, raised.exception.detail)

    def test_a_high_s_signature_of_a_platform_is_not_let_through(self):
        phone = Phone.open(self.folder(), signer=KeyStore(high=True))
        with self.assertRaises(PhoneError.Unexpected):
            phone.enrol(SERVER, "WANG-1", "phone")


class Inspection(Folders):
    def test_two_phones_make_one_inspection(self):
        signer = KeyStore()
        wang = Phone.open(self.folder(), signer=signer, clock=Clock())
        enrolled = wang.enrol(SERVER, "WANG-1", "王芳的手机")
        self.assertEqual([(p.name, p.at_work) for p in enrolled.persons], [("王芳", True)])
        self.assertGreater(signer.signed, 0)
        li_folder = self.folder()
        li = Phone.open(li_folder)
        li.enrol(SERVER, "LI-2", "phone 2")
        with self.assertRaises(PhoneError.NotFound) as raised:
            li.use_person(WANG)
        self.assertEqual((raised.exception.what, raised.exception.id), ("person", WANG))
        with self.assertRaises(PhoneError.Server) as raised:
            Phone.open(self.folder()).enrol(SERVER, "LI-2", "a third")
        self.assertEqual(raised.exception.code, "enrol-code")

        steps = Steps()
        report = wang.sync(SyncOptions(), steps)
        self.assertGreaterEqual(report.requests, 1)
        self.assertGreater(report.records_received, 0)
        self.assertTrue(all(isinstance(step, Step.ROUND) for step in steps.seen))
        li.sync(SyncOptions(), Throws())

        today, next_week = wang.work()
        self.assertEqual((today.permit, today.permit_standing, today.state), (TODAY, "valid", WorkState.PLANNED))
        self.assertEqual((today.site.zh, today.site.en), ("上河村避险点", "Shanghe village shelter"))
        self.assertEqual((next_week.permit, next_week.permit_standing), (NEXT_WEEK, "not-yet"))
        with self.assertRaises(PhoneError.NotAllowed) as raised:
            wang.start(NEXT_WEEK)
        self.assertEqual(raised.exception.code, "not-yet")

        # Both start offline under one permit: it is one inspection.
        document = wang.start(TODAY)
        self.assertEqual(document, today.document)
        self.assertEqual(li.start(TODAY), document)
        self.assertEqual(wang.work()[0].state, WorkState.STARTED)

        wang.answer(document, "water", "-", "120")
        with self.assertRaises(PhoneError.BadInput):
            wang.answer(document, "water", "-", "plenty")
        with self.assertRaises(PhoneError.NotFound):
            wang.answer(document, "no_such_question", "-", "1")
        li.answer(document, "water", "-", "200")
        li.answer(document, "generators", "-", "1")

        row = wang.add_row(document, "lot", "-")
        wang.answer(document, "lot/lot_item", row, "water")
        gone = wang.add_row(document, "lot", "-")
        wang.remove_row(document, gone)
        rows = [item for item in items(wang, document) if isinstance(item, FormItem.ROWS)]
        lots = next(item for item in rows if item.kind == "lot")
        self.assertIn(row, [view.instance for view in lots.rows])
        self.assertNotIn(gone, [view.instance for view in lots.rows])

        photo = wang.attach_photo(document, "water", "-", PHOTO)
        self.assertEqual(photo.state, PhotoState.READY())
        self.assertTrue(os.path.getsize(photo.thumbnail) > 0)
        self.assertEqual([p.original for p in wang.photos(document)], [photo.original])
        outbox = wang.outbox()
        self.assertEqual((outbox.thumbnails, outbox.renditions), (1, 1))
        self.assertEqual([(u.document, u.standing) for u in outbox.changes], [(document, "unsent")])

        # Before there is a network Li's phone has it too, and brings nothing twice.
        handed = wang.hand_over(li.ask_hand_over())
        self.assertEqual((handed.inspections > 0, handed.changes > 0), (True, True))
        taken = li.take_hand_over(handed.file)
        self.assertEqual((taken.changes > 0, taken.set_aside), (True, 0))
        self.assertEqual(li.take_hand_over(handed.file).changes, 0)
        with self.assertRaises(PhoneError.BadInput) as raised:
            li.take_hand_over(handed.file[:-1])
        self.assertEqual(raised.exception.code, "malformed")

        # A sync that is cancelled before it begins sends nothing; the next one sends all.
        cancel = Cancel()
        cancel.cancel()
        with self.assertRaises(PhoneError.Cancelled):
            wang.sync(SyncOptions(), None, cancel)
        steps = Steps()
        report = wang.sync(SyncOptions(chunk=4096), steps)
        self.assertEqual((report.photos_uploaded, report.changes_refused, report.changes_held), (2, 0, 0))
        self.assertTrue(any(isinstance(step, Step.UPLOAD) for step in steps.seen))
        self.assertEqual(wang.photos(document)[0].state, PhotoState.UPLOADED())
        outbox = wang.outbox()
        self.assertEqual((outbox.changes, outbox.records, outbox.thumbnails, outbox.renditions), ([], 0, 0, 0))
        li.sync(SyncOptions(photos=False))
        wang.sync(SyncOptions(photos=False))

        # Two values: both are shown, with names, until a person chooses.
        for phone in (wang, li):
            field = question(phone, document, "water")
            self.assertEqual(field.standing, FieldStanding.CONFLICT)
            self.assertEqual(
                sorted((held.value, held.by[0].person) for held in field.held), [("120", "王芳"), ("200", "李强")]
            )
            self.assertEqual(phone.form(document, "zh").conflicts, 1)
        # Whoever chooses says among what: another value may have come since the form was shown.
        with self.assertRaises(PhoneError.BadInput):
            li.choose_among(document, "water", "-", "120", "1@" + "00" * 16)
        li.choose_among(document, "water", "-", "120", question(li, document, "water").among)
        li.sync(SyncOptions())
        wang.sync(SyncOptions())
        field = question(wang, document, "water")
        self.assertEqual((field.value, field.standing), ("120", FieldStanding.CHOSEN))
        [settled] = field.settled
        self.assertEqual((settled.shown, settled.by.person), ("120", "李强"))
        self.assertEqual(sorted((one.shown, one.by.person) for one in settled.among), [("120", "王芳"), ("200", "李强")])
        self.assertTrue(field.failed)
        self.assertIn("water", [finding.question for finding in wang.form(document, "en").findings])
        self.assertEqual(wang.values(document), li.values(document))

        # Reopened, a phone has all it had.
        before = li.form(document, "en")
        self.assertEqual(before.amendment, [])
        del li, phone
        li = Phone.open(li_folder)
        self.assertEqual(li.form(document, "en"), before)

        wang.leave(document)
        with self.assertRaises(PhoneError.NotAllowed) as raised:
            wang.answer(document, "beds", "-", "50")
        self.assertEqual(raised.exception.code, "has-left")
        self.assertEqual(wang.work()[0].state, WorkState.LEFT)
        li.leave(document)
        for phone in (wang, li, wang):
            phone.sync(SyncOptions())
        self.assertEqual([phone.work()[0].state for phone in (wang, li)], [WorkState.CLOSED] * 2)

    def test_several_people_share_a_phone_and_a_clock_far_off_is_doubted(self):
        clock = Clock()
        phone = Phone.open(self.folder(), clock=clock)
        enrolled = phone.enrol(SERVER, "BOTH-3", "phone 3")
        self.assertEqual([p.at_work for p in enrolled.persons], [False, False])
        with self.assertRaises(PhoneError.NobodyAtWork):
            phone.work()
        phone.use_person(WANG)
        self.assertEqual([p.id for p in phone.persons() if p.at_work], [WANG])
        phone.sync(SyncOptions())
        clock.ahead_ms = 3_600_000
        with self.assertRaises(PhoneError.NotAllowed) as raised:
            phone.start(TODAY)
        self.assertEqual(raised.exception.code, "clock-doubtful")


    def test_a_visit_behind_a_pin_is_shown_checked_registered_late_and_voided(self):
        folder = self.folder()
        zhao = Phone.open(folder)
        zhao.enrol(SERVER, "ZHAO-4", "phone 4")
        with self.assertRaises(PhoneError.BadInput) as raised:
            zhao.set_pin(ZHAO, None, "246")
        self.assertEqual(raised.exception.code, "pin-too-short")
        zhao.set_pin(ZHAO, None, "2468")
        del zhao
        zhao = Phone.open(folder)
        self.assertEqual([p.has_pin for p in zhao.persons()], [True])
        self.refused("pin-needed", zhao.work)
        self.refused("wrong-pin", lambda: zhao.use_person(ZHAO, "0000"))
        zhao.use_person(ZHAO, "2468")
        zhou = Phone.open(self.folder())
        zhou.enrol(SERVER, "ZHOU-5", "phone 5")
        zhao.sync(SyncOptions())
        zhou.sync(SyncOptions())

        # One shows, the other checks.
        shown = zhao.present(ZHAO_TODAY)
        self.assertEqual(qr_png(shown.text, 4)[:4], b"\x89PNG")
        with self.assertRaises(PhoneError.BadInput) as raised:
            qr_png("x" * 5000, 4)
        self.assertEqual(raised.exception.code, "qr")
        self.assertEqual((shown.site, shown.facts.team), (SHANGHE, ["赵敏", "周凯"]))
        self.assertEqual(shown.facts.short_code, short_code(ZHAO_TODAY))
        good = zhou.verify_shown(shown.text, SHANGHE)
        self.assertEqual((good.standing, good.colour, good.facts), ("valid", Colour.GREEN, shown.facts))
        self.assertEqual(zhou.verify_shown(shown.text, XIAHE).standing, "wrong-site")
        copied = zhou.verify_shown(shown.text, None, 123456)
        self.assertEqual((copied.standing, copied.colour), ("copied", Colour.RED))
        answered = zhao.present(ZHAO_TODAY, 123456)
        self.assertEqual(zhou.verify_shown(answered.text, None, 123456).standing, "valid")

        self.refused("wrong-site", lambda: zhao.start_at(ZHAO_TODAY, XIAHE))
        begun = zhao.start_at(ZHAO_TODAY, SHANGHE)
        self.refused("permit-valid", lambda: zhao.start_late(LateStart(permit=ZHAO_TODAY, cause=Cause.CLOCK, reason="x")))

        # Next week's visit cannot wait; another was never planned.
        self.refused("not-yet", lambda: zhao.start(ZHAO_NEXT_WEEK))
        late = zhao.start_late(LateStart(permit=ZHAO_NEXT_WEEK, cause=Cause.URGENT, reason="堤坝渗水"))
        sites, checklists = zhao.sites(), zhao.checklists()
        self.assertEqual([site.id for site in sites], [SHANGHE, XIAHE])
        unplanned = zhao.start_late(
            LateStart(site=XIAHE, checklist=checklists[0].hash, cause=Cause.NETWORK, reason="没有网络")
        )
        zhao.answer(late, "water", "-", "80")
        zhao.answer(unplanned, "water", "-", "60")
        zhao.sync(SyncOptions())
        work = {item.document: item for item in zhao.work()}
        for document, standing in ((late, "not-yet"), (unplanned, "no-permit")):
            self.assertEqual((work[document].late.state, work[document].late.standing), (LateState.WAITING, standing))
            self.assertEqual([p.standing for p in work[document].problems], ["held"], work[document].problems)
            self.assertEqual(zhao.form(document, "zh").late, work[document].late)
        self.assertEqual(work[begun].late, None)

        zhao.void(begun, "走错了村")
        self.refused("voided", lambda: zhao.answer(begun, "water", "-", "1"))
        zhao.sync(SyncOptions())
        zhou.sync(SyncOptions())
        for phone in (zhao, zhou):
            item = next(item for item in phone.work() if item.document == begun)
            self.assertEqual((item.state, item.voided), (WorkState.VOIDED, "走错了村"))

        with self.assertRaises(PhoneError.BadInput) as raised:
            zhao.carry("NOTHING SEALED")
        self.assertEqual(raised.exception.code, "not-sealed")
        with self.assertRaises(PhoneError.BadInput) as raised:
            zhao.enrol_with("http://127.0.0.1:9", "phone")
        self.assertEqual(raised.exception.code, "bad-invitation")

    def refused(self, code, call):
        with self.assertRaises(PhoneError.NotAllowed) as raised:
            call()
        self.assertEqual(raised.exception.code, code)


def items(phone, document):
    return [item for section in phone.form(document, "en").sections for item in section.items]


def question(phone, document, name):
    fields = [item.field for item in items(phone, document) if isinstance(item, FormItem.QUESTION)]
    return next(field for field in fields if field.question == name)


if __name__ == "__main__":
    unittest.main()

//! One of everything that people do: what they bring covers every kind of record.

use super::{Ground, LOST, post};
use std::path::Path;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::feedback::{Feedback, PURPOSE, Said};
use wurao_protocol::key::Signer as _;
use wurao_protocol::{Digest, PermitId, PersonId, base43, cbor, seal};
use wurao_server::{Scope, held, permits};
use wurao_tests::visit::unplanned;
use wurao_tests::{Doing, Trouble};

/// A day and an hour: phones are shown the log anew, and permits are still good.
const DAY_MS: i64 = 25 * 3_600_000;
/// The phone that gets lost.
const LOSE: usize = 3;

impl Ground {
    /// Visits from the first answer to the last leave, held work, late registrations, a lost phone, a village's words.
    pub(crate) fn live(&mut self) -> Result<(), Trouble> {
        for permit in &self.permits[..4] {
            for at in 0..3 {
                let document = self.phone(at)?.start(*permit).doing("start")?;
                if at == 0 {
                    self.documents.push(document);
                }
            }
        }
        self.answers()?;
        self.handed_over()?;
        self.round()?;
        self.clock.pass(DAY_MS);
        self.round()?;
        self.decisions()?;
        self.village()?;
        self.round()?;
        self.ends()?;
        self.round()
    }

    /// Without a network one phone hands over to the next, which brings all of it.
    fn handed_over(&self) -> Result<(), Trouble> {
        for (from, to) in [(0, 1), (1, 2)] {
            let asked = self.phone(to)?.ask_hand_over().doing("ask for a hand-over")?;
            let given = self.phone(from)?.hand_over(&asked).doing("hand over")?;
            self.phone(to)?.take_hand_over(&given.file).doing("take what was handed over")?;
        }
        self.sync(2).map(drop)
    }

    /// Everybody syncs, twice: what one brings the next has.
    pub(crate) fn round(&self) -> Result<(), Trouble> {
        for at in [0, 1, 2, 0, 1] {
            self.sync(at)?;
        }
        Ok(())
    }

    fn answers(&mut self) -> Result<(), Trouble> {
        for at in 0..3 {
            let file = self.photo(at as u64)?;
            let phone = self.phone(at)?;
            for document in self.documents.iter().take(3) {
                // One field, three values: a conflict.
                phone.answer(*document, "water", "-", &(10 * at + 7).to_string()).doing("answer")?;
                phone.answer(*document, "fuel", "-", "20.5").doing("answer")?;
                phone.answer(*document, "water_sealed", "-", "yes").doing("answer")?;
                let row = phone.add_row(*document, "lot", "-").doing("add a row")?;
                phone.answer(*document, "lot/lot_count", &row, "4").doing("answer in a row")?;
                phone.answer(*document, "remark", "-", "二楼的门锁着").doing("answer")?;
                if at == 1 {
                    phone.remove_row(*document, &row).doing("remove a row")?;
                }
            }
            phone.attach_photo(self.documents[0], "water", "-", &file).doing("attach a photo")?;
            let document = self.documents[0];
            self.sync(at)?;
            // Settled where two values have met; a colleague's third comes unseen.
            let phone = self.phone(at)?;
            let _ = phone.choose(document, "water", "-", "7");
        }
        Ok(())
    }

    /// Work held for a withdrawal, accepted; a visit without a permit, registered; another one, not.
    fn decisions(&mut self) -> Result<(), Trouble> {
        let (by, permit, document) = (self.office()?, self.permits[3], self.documents[3]);
        self.write(move |tx, keys, now| permits::withdraw(tx, keys, &permit, "改期", by, now))?;
        self.phone(1)?.answer(document, "beds", "-", "9").doing("answer what is withdrawn")?;
        self.sync(1)?;
        self.write(move |tx, keys, now| {
            let everywhere = Scope::new("");
            held::decide(tx, keys, &everywhere, &document, held::Choice::Accept, now, by, "先做完", now)
        })?;
        for (at, registered) in [(0, true), (2, false)] {
            let late = self.late(at)?;
            self.phone(at)?.answer(late, "beds", "-", "3").doing("answer")?;
            self.sync(at)?;
            let record = self.write(move |tx, _, _| {
                let sql = "SELECT record FROM late WHERE document = ?1";
                Ok(tx.query_row(sql, [late.0], |row| row.get::<_, [u8; 32]>(0))?)
            })?;
            self.write(move |tx, keys, now| {
                let everywhere = Scope::new("");
                held::decide_late(tx, keys, &everywhere, &late, &Digest(record), registered, by, "核实", now)
            })?;
        }
        Ok(())
    }

    /// Somebody begins without a permit.
    pub(crate) fn late(&self, at: usize) -> Result<wurao_protocol::DocumentId, Trouble> {
        let phone = self.phone(at)?;
        phone.start_late(&unplanned(phone, None, "汛情紧急")?).doing("register late")
    }

    /// What a villager says, at the page and through a phone.
    fn village(&mut self) -> Result<(), Trouble> {
        let direct = self.said(1, None)?;
        self.ask(&post("/p/say", direct))?;
        let carried = self.said(2, Some(self.permits[0]))?;
        self.phone(0)?.carry(&base43::encode(&carried)).doing("carry")
    }

    /// A villager's words, sealed; `n` makes them their own.
    pub(crate) fn said(&self, n: u8, permit: Option<PermitId>) -> Result<Vec<u8>, Trouble> {
        let at_s = wurao_server::Clock::now_ms(&self.clock) / 1000;
        let permit = permit.or(self.permits.last().copied());
        let feedback = Feedback { permit, said: Said::Star2, comment: Some("来过".to_owned()), at_s, nonce: [n; 16] };
        let key = self.app()?.keys().feedback.public();
        seal::seal(&key, PURPOSE, &cbor::encode(&feedback), &[n; 32]).doing("seal")
    }

    /// A lost phone is told to destroy itself, a visit is voided, and all leave another.
    fn ends(&mut self) -> Result<(), Trouble> {
        let (by, device) = (self.office()?, self.key(LOSE)?.public().device());
        self.phone(LOSE)?.start(self.permits[4]).doing("start")?;
        self.write(move |tx, keys, now| permits::revoke_device(tx, keys, &device, "丢失", Some(by), now))?;
        // It hears that it is lost, and has nothing left to say.
        let told = self.try_sync(LOSE)?;
        if told.as_ref().err().map(|error| error.code()) != Some("wiped") {
            return Err(Trouble::new(format!("empty {LOST}"), format!("{told:?}")));
        }
        self.phone(2)?.void(self.documents[2], "走错了村").doing("void")?;
        for at in 0..3 {
            self.phone(at)?.leave(self.documents[1]).doing("leave")?;
        }
        Ok(())
    }

    /// Who decides at the office.
    pub(crate) fn office(&self) -> Result<PersonId, Trouble> {
        self.county.person(wurao_tests::county::APPROVER.0)
    }

    /// A photo's file.
    pub(crate) fn photo(&self, seed: u64) -> Result<std::path::PathBuf, Trouble> {
        let spec = SampleSpec { seed, width: 160, height: 120, ..SampleSpec::default() };
        let file = Path::new(self.folder.path()).join(format!("{seed}.jpg"));
        std::fs::write(&file, camera_jpeg(&spec).doing("draw a photo")?).doing("write a photo")?;
        Ok(file)
    }
}

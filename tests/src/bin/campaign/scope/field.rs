//! What happens in the villages: visits, late registrations, voids, withdrawals on the way, what is held and decided,
//! what villagers say.

use super::ask::{Asker, Sent};
use super::mark::{Area, For, Mark};
use super::tree::{Tree, bytes, id};
use rand::Rng;
use wurao_device::{Cancel, Phone, SyncOptions};
use wurao_protocol::feedback::{Feedback, PURPOSE, Said};
use wurao_protocol::key::Signer;
use wurao_protocol::{DocumentId, PersonId, cbor, seal};
use wurao_server::{held, permits};
use wurao_tests::camera::Camera;
use wurao_tests::visit::unplanned;
use wurao_tests::{Doing, Trouble};

fn sync(phone: &Phone) -> Result<(), Trouble> {
    phone.sync(&SyncOptions::default(), &(), &Cancel::new()).doing("sync").map(|_| ())
}

impl Tree {
    /// Every inspector visits, answers and sends; some register late, void, or hear too late of a withdrawal.
    pub(super) fn happen(&mut self) -> Result<(), Trouble> {
        let mut camera = Camera::drawing(&self.folder.join("camera"), 160)?;
        let by = PersonId(bytes(&id("14", 0))?);
        for at in 0..self.phones.len() {
            let permit = self.phones[at].permit;
            let text = |what: &str| format!("Q{what}{at}q");
            let phone = &self.phones[at].phone;
            let document = phone.start(permit).doing("start")?;
            self.differ(at, document)?;
            let phone = &self.phones[at].phone;
            phone.answer(document, "remark", "-", &text("Answer")).doing("answer")?;
            phone.attach_photo(document, "water", "-", &camera.take()?).doing("attach a photo")?;
            sync(phone)?;
            self.mark("inspection", &document.to_string(), at, true, For::Readers);
            self.mark("answer", &text("Answer"), at, true, For::Readers);
            self.say(at)?;
            match self.random.random_range(0..3) {
                0 => self.register(at)?,
                1 => {
                    let reason = text("Withdrawn");
                    self.mark("withdrawal", &reason, at, true, For::Readers);
                    self.write(move |tx, keys, now| permits::withdraw(tx, keys, &permit, &reason, by, now))?;
                    let phone = &self.phones[at].phone;
                    phone.answer(document, "remark", "-", &text("Held")).doing("answer late")?;
                    sync(phone)?;
                    if self.random.random_bool(0.5) {
                        self.decline(at, document, by)?;
                    }
                }
                _ => {}
            }
        }
        self.photos()
    }

    /// The phone and one that was made of its backup say different things, so that there is something to choose between.
    fn differ(&self, at: usize, document: DocumentId) -> Result<(), Trouble> {
        let phone = &self.phones[at];
        let twin = self.folder.join(format!("twin{at}"));
        std::fs::create_dir_all(&twin).doing("make a folder")?;
        for file in super::files(&phone.folder)? {
            let name = file.file_name().unwrap_or_default();
            std::fs::copy(&file, twin.join(name)).doing("copy a phone")?;
        }
        let twin = wurao_tests::world::open(&twin)?;
        for (one, beds) in [(&phone.phone, "50"), (&twin, "48")] {
            one.answer(document, "beds", "-", beds).doing("answer")?;
        }
        sync(&phone.phone)?;
        sync(&twin)
    }

    /// A visit without a permit, registered late: it waits, was refused, or was voided by who began it.
    fn register(&mut self, at: usize) -> Result<(), Trouble> {
        let text = |what: &str| format!("Q{what}{at}q");
        let phone = &self.phones[at].phone;
        let site = Some(id("51", at).parse().doing("make a site's id")?);
        let late = unplanned(phone, site, &text("Late"))?;
        let document = phone.start_late(&late).doing("register late")?;
        phone.answer(document, "remark", "-", &text("LateAnswer")).doing("answer")?;
        sync(phone)?;
        self.mark("inspection", &document.to_string(), at, true, For::Readers);
        self.mark("late registration", &text("Late"), at, true, For::Readers);
        let record = self.write(move |tx, _, _| {
            let sql = "SELECT record FROM late WHERE document = ?1";
            Ok(tx.query_row(sql, [document.0], |row| row.get::<_, [u8; 32]>(0))?)
        })?;
        self.lates.push((hex::encode(record), document.to_string(), at));
        match self.random.random_range(0..3) {
            0 => {
                let phone = &self.phones[at].phone;
                phone.void(document, &text("Void")).doing("void")?;
                sync(phone)?;
                self.mark("void", &text("Void"), at, true, For::Readers);
            }
            1 => {
                let (reason, late) = (text("Refused"), wurao_protocol::Digest(record));
                let (by, everywhere) = (PersonId(bytes(&id("14", 0))?), wurao_server::Scope::new(""));
                self.mark("decision", &reason, at, true, For::Readers);
                self.write(move |tx, keys, now| {
                    held::decide_late(tx, keys, &everywhere, &document, &late, false, by, &reason, now)
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    fn decline(&mut self, at: usize, document: DocumentId, by: PersonId) -> Result<(), Trouble> {
        let reason = format!("QDeclined{at}q");
        self.mark("decision", &reason, at, true, For::Readers);
        let everywhere = wurao_server::Scope::new("");
        self.write(move |tx, keys, now| {
            held::decide(tx, keys, &everywhere, &document, held::Choice::Decline, now, by, &reason, now).map(|_| ())
        })
    }

    /// A villager writes something, and another one refuses.
    fn say(&mut self, at: usize) -> Result<(), Trouble> {
        let key = self.server()?.app().keys().feedback.public();
        let village = Asker::stranger(self)?;
        for said in [Said::Star2, Said::Refused] {
            let words = format!("QSays{at}q");
            let feedback = Feedback {
                permit: Some(self.phones[at].permit),
                said,
                comment: Some(words.clone()),
                at_s: jiff::Timestamp::now().as_second(),
                nonce: self.random.random(),
            };
            let plain = cbor::encode(&feedback);
            let sealed = seal::seal(&key, PURPOSE, &plain, &self.random.random()).doing("seal")?;
            let answer = village.ask("POST", "/p/say", Sent::Bytes(sealed))?;
            if answer.status != 204 {
                return Err(Trouble::new("say something", answer.status.to_string()));
            }
        }
        self.mark("comment", &format!("QSays{at}q"), at, true, For::Auditors);
        Ok(())
    }

    /// Where each photo's files belong.
    fn photos(&mut self) -> Result<(), Trouble> {
        let found = self.write(|tx, _, _| {
            let sql = "SELECT i.site, e.thumbnail, e.rendition, e.original FROM evidence e \
                       JOIN inspection i ON i.document = e.document";
            let mut statement = tx.prepare(sql)?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, [u8; 16]>(0)?, [row.get::<_, [u8; 32]>(1)?, row.get(2)?, row.get(3)?]))
            })?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        for (site, files) in found {
            let at = usize::from(site[15]);
            let village = &self.villages[at];
            let place = Area { prefix: village.division.clone(), body: Some(village.body) };
            for file in files {
                let (text, places) = (hex::encode(file), vec![place.clone()]);
                self.photos.push(Mark { kind: "photo", text, places, whom: For::Readers });
            }
        }
        Ok(())
    }
}

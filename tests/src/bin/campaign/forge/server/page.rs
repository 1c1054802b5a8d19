//! What is chosen on the server's own page, pushed by phones that made it up; and brought back by one that has it.

use super::super::office::sealed;
use super::chain::{Who, entry_of, of_document};
use super::{Field, STAMP, Tried};
use rand::Rng as _;
use rand::rngs::StdRng;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::{Device, Heads, Session};
use wurao_protocol::{Digest, DocumentId, merkle};
use wurao_record::{ActorId, Admitted, Genesis, Ledger, Map, Put, Scalar, choose_puts};
use wurao_tests::{Doing, Trouble};

impl Field {
    /// As after a restore: the server knows nothing of what was chosen, and phones do.
    pub(super) fn page(&mut self, chance: &mut StdRng, tried: &mut Vec<Tried>) -> Result<(), Trouble> {
        let keys = std::sync::Arc::clone(self.server.app().keys());
        let (page, document) = (keys.records.public(), self.visit.visit.document);
        let nonce: [u8; 16] = chance.random();
        let ours = self.ours.key.public();
        let began = wurao_protocol::record::Stamp { wall_ms: self.now_ms, server_ms: Some(self.now_ms), ..STAMP };
        let session = Session {
            actor: Session::actor_of(&page, &nonce),
            nonce,
            person: self.theirs.person,
            device: page.device(),
            began,
            engine: "forge".to_owned(),
        };
        let mine = Session { actor: Session::actor_of(&ours, &nonce), ..session.clone() };
        let on_ours = Session { device: ours.device(), ..session.clone() };
        for (name, forged) in [
            ("a phone's session on the page", &session),
            ("a phone's session on the page, under its own actor", &mine),
            ("a phone's session under the page's actor", &on_ours),
        ] {
            tried.push((name, "forged-actor", self.pushed(&self.ours.seal(forged), true)));
        }
        let (own, id) = (page.to_bytes(), page.device());
        let device = Device { id, key: own, name: "page".to_owned(), persons: vec![self.ours.person], enrolled_ms: 0 };
        let mut as_page = self.ours.request(vec![]);
        as_page.start.device = Bytes(sealed(&keys.records, &device));
        tried.push(("the server's own record beside a phone's request", "unknown-device", self.code_of(&as_page)));

        // Two of one person's phones, apart, say different things.
        let key = format!("page-{}@-", hex::encode(&nonce[..4]));
        let (known, mut both) = (self.ledger.clone(), Vec::new());
        for (who, value) in [(Who::Ours, "one"), (Who::Second, "other")] {
            let phone = if matches!(who, Who::Ours) { &self.ours } else { &self.second };
            let opened = Session { began, ..phone.session(chance) };
            let change = self.written(&known, opened.actor, &[Put::new(Map::Answers, key.as_str(), text(value))])?;
            let records = [phone.seal(&opened), phone.seal(&heads(document, &change))];
            let answer = self.exchange(&records, &[entry_of(document, &[&change])], who)?;
            both.push((of_document(&answer), change));
        }
        for ((said, change), name) in both.into_iter().zip(["(honest) an answer", "(honest) another one, apart"]) {
            tried.push((name, "Ok", said));
            self.ledger.apply(change);
        }

        let field = self.ledger.field(Map::Answers, &key);
        let choose = |value: &str| choose_puts(&field, Map::Answers, &key, &text(value));
        let on_page = |puts: &[Put]| self.written(&self.ledger, session.actor, puts);
        let choice = on_page(&choose("one"))?;
        let (other, third) = (on_page(&choose("other"))?, on_page(&choose("a third"))?);
        let written = on_page(&[Put::new(Map::Answers, key.as_str(), text("one"))])?;
        let entry = |change: &Admitted| entry_of(document, &[change]);
        let opened = sealed(&keys.records, &session);
        let by_us = self.ours.seal(&heads(document, &choice));
        let other_heads = sealed(&keys.records, &heads(document, &other));
        let good = sealed(&keys.records, &heads(document, &choice));
        let cases: Vec<(&'static str, &'static str, Vec<Vec<u8>>, &Admitted)> = vec![
            ("a choice on the page without a session", "no-session", vec![], &choice),
            ("an answer on the page", "field-refused", vec![opened.clone()], &written),
            ("a choice on the page of what nobody said", "field-refused", vec![], &third),
            ("a choice on the page that nobody signed", "wrong-signature", vec![], &choice),
            ("a choice on the page that a phone signed", "wrong-signature", vec![by_us], &choice),
            ("a choice on the page under the signature of another", "wrong-signature", vec![other_heads], &choice),
            ("(honest) a choice brought back", "Ok", vec![good], &choice),
            ("another choice at the same place of the page", "equivocation", vec![], &other),
        ];
        for (name, expect, records, change) in cases {
            let answer = self.exchange(&records, &[entry(change)], Who::Ours)?;
            tried.push((name, expect, of_document(&answer)));
        }
        self.ledger.apply(choice);
        Ok(())
    }

    fn written(&self, ledger: &Ledger, actor: [u8; 16], puts: &[Put]) -> Result<Admitted, Trouble> {
        let visit = &self.visit.visit;
        let genesis = Genesis::of(wurao_record::DocumentId(visit.document.0), visit.checklist.0);
        let built = wurao_record::build(&genesis, ledger, &ActorId(actor), self.now_ms, puts);
        built.map_err(|why| why.to_string()).doing("write a change")
    }
}

fn heads(document: DocumentId, change: &Admitted) -> Heads {
    Heads::over(&[merkle::leaf(&document, &[Digest(change.row.hash)])])
}

fn text(value: &str) -> Scalar {
    Scalar::Text(value.to_owned())
}

//! Somebody who makes whole inspections, with second thoughts and remarks, and what they wrote in the order in which they
//! wrote it: the same for us and for every peer.

use crate::office::Office;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use wurao_device::Phone;
use wurao_protocol::DocumentId;
use wurao_tests::{Doing, Trouble, visit};

/// One thing that was written.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) document: DocumentId,
    /// `question`, `question#note` or `row/question`.
    pub(crate) key: String,
    /// In which row of a repeated group; none outside of one.
    pub(crate) row: Option<u32>,
    pub(crate) value: String,
    pub(crate) at_ms: i64,
}

/// The inspector and what they have written so far.
pub(crate) struct Inspector<'a> {
    office: &'a Office,
    phone: &'a Phone,
    chance: StdRng,
    pub(crate) events: Vec<Event>,
    at_ms: i64,
    today: jiff::civil::Date,
}

const REMARKS: [&str; 8] = [
    "门后还有一箱，未计入",
    "标签受潮，看不清批号",
    "去年换过一次，收据在村委会",
    "钥匙在值班室，敲门三次才有人开",
    "behind the door, not on the list",
    "放在二楼，老人搬不动",
    "比上次少两件，说是借给了邻村",
    "电池漏液，已请村里更换",
];

impl<'a> Inspector<'a> {
    /// Works on this phone.
    pub(crate) fn on(phone: &'a Phone, office: &'a Office, seed: u64) -> Self {
        let (chance, today) = (StdRng::seed_from_u64(seed), office.today());
        Self { office, phone, chance, events: Vec::new(), at_ms: 0, today }
    }

    /// Answers every question of an inspection, corrects some, remarks on some, counts lots on the shelf.
    pub(crate) fn inspect(&mut self, document: DocumentId) -> Result<(), Trouble> {
        let entries = [visit::stores(self.today)?, visit::equipment(self.today)?].concat();
        for entry in entries {
            let counted = entry.value.parse::<u32>().ok();
            let value = counted.map_or(entry.value, |count| self.about(count).to_string());
            self.write(document, entry.question, None, &value)?;
            if self.chance.random_ratio(1, 6) && counted.is_some() {
                let again = self.about(counted.unwrap_or_default());
                self.write(document, entry.question, None, &again.to_string())?;
            }
            if self.chance.random_ratio(1, 8) {
                let remark = REMARKS[self.chance.random_range(0..REMARKS.len())];
                self.write(document, &format!("{}#note", entry.question), None, remark)?;
            }
        }
        for row in 0..self.chance.random_range(1..4) {
            let instance = self.phone.add_row(document, "lot", "-").doing("add a lot")?;
            let item = ["water", "rations"][self.chance.random_range(0..2)];
            let count = self.about(60).to_string();
            let expiry = visit::day(self.today, self.chance.random_range(30..700))?;
            for (question, value) in [("lot/lot_item", item), ("lot/lot_count", &count), ("lot/expiry", &expiry)] {
                self.write(document, question, Some((row, &instance)), value)?;
            }
        }
        Ok(())
    }

    /// Writes one answer or remark.
    pub(crate) fn write(
        &mut self,
        document: DocumentId,
        key: &str,
        row: Option<(u32, &str)>,
        value: &str,
    ) -> Result<(), Trouble> {
        let ms = self.chance.random_range(3_000..25_000);
        self.office.pass(ms);
        self.at_ms += ms;
        let instance = row.map_or("-", |(_, instance)| instance);
        self.phone.answer(document, key, instance, value).doing(format!("answer {key}"))?;
        let (key, row, value) = (key.to_owned(), row.map(|(row, _)| row), value.to_owned());
        self.events.push(Event { document, key, row, value, at_ms: self.at_ms });
        Ok(())
    }

    /// A number near this one.
    fn about(&mut self, count: u32) -> u32 {
        count + self.chance.random_range(0..count / 3 + 2)
    }
}

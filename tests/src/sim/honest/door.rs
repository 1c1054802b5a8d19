//! The code at the door: shown by an honest phone, judged by the village's page and by a colleague's phone, each by a clock of
//! its own. The page's own judgement is the same one in another language, held to it by shared cases.

use super::Visit;
use crate::sim::template::{TEAM, URL, id};
use crate::sim::world::{World, permit};
use crate::{Doing, Trouble};
use std::sync::Arc;
use wurao_device::{HttpRequest, Network as _, Phone};
use wurao_protocol::SiteId;
use wurao_protocol::envelope::open_as;
use wurao_protocol::present::{Question, judge_text};
use wurao_protocol::record::TrustList;

/// The most that the village's clock is off, either way.
const MOST_S: usize = 600;

/// Whoever reads a code at the door.
pub(super) struct Door {
    site: SiteId,
    list: TrustList,
    off_s: i64,
}

impl Door {
    /// The village has opened its page once; it need not have a network any more.
    pub(super) fn new(world: &mut World) -> Result<Self, Trouble> {
        let url = format!("{URL}/p/trust");
        let request = HttpRequest { method: "GET", url, headers: Vec::new(), body: Vec::new(), pin: None };
        let answer = world.net.exchange(&request).doing("open the village's page")?;
        let list = open_as::<TrustList>(&answer.body).doing("read the list")?.body;
        let off_s = world.draw(2 * MOST_S) as i64 - MOST_S as i64;
        Ok(Self { site: id("51", 1).parse().doing("name the village")?, list, off_s })
    }

    /// A phone shows its permit; who reads it asks for six digits where its moment is not theirs.
    pub(super) fn show(&self, world: &mut World, n: usize, visit: &mut Visit) -> Result<(), Trouble> {
        let colleague = world.phones.iter().position(|one| one.person == TEAM);
        for reader in [None, colleague] {
            let phone = Arc::clone(world.phone(n)?);
            let mut standing = self.read(world, &phone, reader, None)?;
            if standing == "stale" {
                visit.count("codes settled by six digits");
                let digits = world.draw(1_000_000) as u32;
                standing = self.read(world, &phone, reader, Some(digits))?;
            }
            visit.count("codes shown");
            world.trace.note(&format!("what phone {n} shows is {standing} to {reader:?}"));
            let said =
                format!("what phone {n} shows is {standing} to {}", reader.map_or("the page", |_| "a colleague"));
            match standing {
                "valid" => {}
                "copied" => visit.copied.push(said),
                _ => visit.wrong.push(said),
            }
        }
        Ok(())
    }

    /// How what is shown now stands to the page, or to a phone, some seconds later.
    fn read(
        &self,
        world: &mut World,
        phone: &Phone,
        reader: Option<usize>,
        digits: Option<u32>,
    ) -> Result<&'static str, Trouble> {
        let shown = phone.present(permit(1), digits).doing("show a permit")?;
        let seconds = world.draw(45) as i64;
        world.clock.pass(seconds * 1000);
        if let Some(reader) = reader {
            let judged = world.phone(reader)?.verify_shown(&shown.text, Some(self.site), digits);
            return judged.doing("judge a permit").map(|judged| judged.standing);
        }
        let now_s = world.clock.now() / 1000 + self.off_s;
        // As the page says it: before the list was signed it cannot be.
        let clock_doubtful = now_s < self.list.at_s - MOST_S as i64;
        let question = Question { site: Some(self.site), now_s, clock_doubtful, challenge: digits };
        Ok(judge_text(&shown.text, &self.list, &question).standing.code())
    }
}

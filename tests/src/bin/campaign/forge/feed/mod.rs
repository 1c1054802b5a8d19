//! At a phone: what a feed brings it. What is forged is set aside under its own problem, and nothing the phone shows
//! (work, forms in both languages, raw values, people, sites, checklists, outbox) is other than before.

mod desk;
mod office;
mod page;
mod phones;

use desk::{Brought, Desk, EMPTIED};
use wurao_tests::Trouble;

/// What is brought, and what the phone must say to it.
type Offer = (&'static str, &'static str, Brought);

/// Every forgery once, on one phone; what was tried, what the phone must say, what it said.
pub(super) fn trial(seed: u64) -> Result<Vec<(&'static str, &'static str, String)>, Trouble> {
    let mut desk = Desk::new(seed)?;
    let lists = [
        phones::sessions,
        phones::changes,
        page::page,
        phones::facts,
        phones::not_for_phones,
        office::lists,
        office::permits,
        office::decisions,
        office::words,
        office::orders,
    ];
    let mut tried = Vec::new();
    for list in lists {
        for (name, expect, brought) in list(&mut desk)? {
            let found = desk.offer(&brought)?;
            let over = found == EMPTIED;
            tried.push((name, expect, found));
            if over {
                return Ok(tried);
            }
        }
    }
    Ok(tried)
}

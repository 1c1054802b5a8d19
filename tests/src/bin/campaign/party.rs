//! A team with real phones and a real server, who have begun the same visits.

use wurao_device::Phone;
use wurao_protocol::{DocumentId, PermitId};
use wurao_tests::county::{County, SUPERVISOR};
use wurao_tests::link::Link;
use wurao_tests::supervisor::Supervisor;
use wurao_tests::world::{FieldPhone, World};
use wurao_tests::{Doing, Trouble};

/// All of them, and who looks on at the page.
pub(crate) struct Party {
    pub(crate) phones: Vec<FieldPhone>,
    /// The visits, begun on every phone.
    pub(crate) documents: Vec<DocumentId>,
    pub(crate) supervisor: Supervisor,
    _page: Link,
    pub(crate) world: World,
}

impl Party {
    /// The phones of these codes begin the visits of these permits, in a county that has both.
    pub(crate) fn gather(county: County, codes: &[&str], permits: &[PermitId]) -> Result<Self, Trouble> {
        let world = World::of(std::env::current_exe().doing("find this program")?, county)?;
        let phones = codes.iter().map(|code| world.phone(code)).collect::<Result<Vec<_>, _>>()?;
        let mut documents = Vec::new();
        for permit in permits {
            for (at, phone) in phones.iter().enumerate() {
                let document = phone.start(*permit)?;
                if at == 0 {
                    documents.push(document);
                }
            }
        }
        let page = Link::new(&world.server)?;
        let supervisor = Supervisor::sign_in(&page.url(), SUPERVISOR.0, SUPERVISOR.1)?;
        Ok(Self { phones, documents, supervisor, _page: page, world })
    }
}

/// What a phone still has to send, in words; nothing when all of it is through.
pub(crate) fn left(phone: &Phone) -> Result<Option<String>, Trouble> {
    let outbox = phone.outbox().doing("look at the outbox")?;
    let nothing = outbox.changes.is_empty() && outbox.records + outbox.thumbnails + outbox.renditions == 0;
    Ok((!nothing).then(|| format!("{outbox:?}")))
}

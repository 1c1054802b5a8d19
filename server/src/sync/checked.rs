//! A push without the connection that it comes by and the feed that it is answered with: the append alone, which benches
//! put beside other ways to store the same. The functions are those of a request ([`exchange`](super::exchange)).

use super::load::Load;
use super::push::Push;
use super::take;
use crate::store::Tx;
use crate::{App, Error};
use wurao_protocol::Problem;
use wurao_protocol::sync::{Request, RequestHead};

/// A request of one frame, unpacked, every signature in it checked, that passes on nobody else's work.
pub struct Checked {
    head: RequestHead,
    push: Push,
}

impl Checked {
    /// Takes a request's body apart.
    pub fn open(app: &App, body: &[u8]) -> Result<Self, Error> {
        let Request { start, frames } = Request::from_body(body)?;
        let (head, pusher) = Push::open(start, app.server(), app.keys())?;
        let push = pusher.bringing((&[], &frames), false, &mut Load::default(), app.keys())?;
        // Whose work is passed on would have to be looked up.
        let push = push.filter(|push| frames.len() == 1 && push.others().is_empty());
        Ok(Self { head, push: push.ok_or(Problem::Malformed)? })
    }

    /// Takes in what it brings, as the one write of a request of one frame does; whether all of it is kept.
    pub fn take(&self, app: &App, tx: &Tx<'_>) -> Result<bool, Error> {
        let ends = (true, app.config().originals);
        let (_, brought, _) = take::first(tx, &self.head, &self.push, app.keys(), ends)?;
        Ok(brought.whole)
    }
}

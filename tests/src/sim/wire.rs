//! One phone's network by chance, for who wants no more than that: requests that never arrive, answers that are lost or cut,
//! requests that arrive twice.

use super::net::{Door, Net};
use rand::Rng;
use rand::rngs::StdRng;
use std::sync::{Arc, Mutex, PoisonError};
use wurao_device::{HttpAnswer, HttpRequest, Network, NetworkError};

/// One phone's way to the server.
pub struct Wire {
    /// Where it leads.
    pub door: Door,
    /// What the server's work runs on.
    pub runtime: Arc<tokio::runtime::Runtime>,
    /// What decides on troubles.
    pub chance: Mutex<StdRng>,
    /// How many of a hundred requests go wrong in some way.
    pub trouble: Arc<Mutex<u32>>,
}

#[derive(Clone, Copy)]
enum Fault {
    None,
    Lost,
    AnswerLost,
    Twice,
    Cut,
}

impl Wire {
    fn fault(&self) -> Fault {
        let of_hundred = *self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        if chance.random_range(0..100) >= of_hundred {
            return Fault::None;
        }
        [Fault::Lost, Fault::AnswerLost, Fault::Twice, Fault::Cut][chance.random_range(0..4)]
    }
}

impl Network for Wire {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        let net = Net::to(&self.door, &self.runtime);
        let offline = |why: &str| Err(NetworkError::Offline(why.to_owned()));
        match self.fault() {
            Fault::None => net.exchange(request),
            Fault::Lost => offline("lost"),
            Fault::AnswerLost => {
                net.exchange(request)?;
                offline("answer lost")
            }
            Fault::Twice => {
                let first = net.exchange(request)?;
                // Whoever repeats it gets an answer of their own; the phone has had its own.
                net.exchange(request)?;
                Ok(first)
            }
            Fault::Cut => {
                let mut answer = net.exchange(request)?;
                let keep =
                    self.chance.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..=answer.body.len());
                answer.body.truncate(keep);
                Ok(answer)
            }
        }
    }
}

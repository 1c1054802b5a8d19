//! What becomes of links and the server while people work.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use wurao_tests::Trouble;
use wurao_tests::link::{Link, Way};
use wurao_tests::server::Server;

/// The most changes of the weather in one trial: then it clears up, whoever is still at work.
const CHANGES: u32 = 80;

/// The weather over some links and a server.
pub(super) struct Weather<'a> {
    chance: StdRng,
    links: &'a [&'a Link],
    server: &'a Arc<Server>,
    killed: bool,
    /// How many phones are done with their work.
    pub(super) ended: usize,
}

impl<'a> Weather<'a> {
    pub(super) fn new(seed: u64, links: &'a [&'a Link], server: &'a Arc<Server>) -> Self {
        Self { chance: StdRng::seed_from_u64(seed), links, server, killed: false, ended: 0 }
    }

    /// Goes on until all phones are done, or long enough.
    pub(super) fn rage(&mut self, ended: &Receiver<()>, phones: usize) -> Result<(), Trouble> {
        for _ in 0..CHANGES {
            let pause = Duration::from_millis(self.chance.random_range(2..80));
            match ended.recv_timeout(pause) {
                Ok(()) => self.ended += 1,
                Err(RecvTimeoutError::Timeout) => self.turn()?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if self.ended == phones {
                return Ok(());
            }
        }
        Ok(())
    }

    /// One change, for a random group of links that share their fate.
    fn turn(&mut self) -> Result<(), Trouble> {
        let group: Vec<&Link> = self.links.iter().copied().filter(|_| self.chance.random()).collect();
        // Without a server there is nothing to be learned from the rest.
        if self.killed && self.chance.random() {
            self.killed = false;
            self.server.restart()?;
        }
        match self.chance.random_range(0..20) {
            0 | 1 => group.iter().for_each(|link| link.down()),
            2..8 => group.iter().try_for_each(|link| link.up())?,
            8 | 9 => group.iter().for_each(|link| link.stall()),
            10..14 => group.iter().for_each(|link| link.flow()),
            14..17 => {
                for link in group {
                    let (way, most) = match self.chance.random_range(0..4) {
                        0 => (Way::Down, 2_000),
                        1 => (Way::Up, 4_000),
                        // In the middle of a photo.
                        _ => (Way::Up, 60_000),
                    };
                    let bytes = self.chance.random_range(0..most);
                    link.cut_after(way, bytes, || {});
                }
            }
            17 => {
                self.killed = true;
                self.server.kill();
            }
            _ => {}
        }
        Ok(())
    }

    /// The network is whole, and the server there.
    pub(super) fn clear(&mut self) -> Result<(), Trouble> {
        for link in self.links {
            link.forget_cut();
            link.flow();
            link.up()?;
        }
        self.server.restart()
    }
}

//! `wurao-server token ...`.

use super::account::{self, AccountInfo, NewAccount, Right};
use crate::{App, Error, Scope};
use clap::Args;
use wurao_protocol::BodyId;

/// A token for another system: made, listed with `--list`, revoked with `--revoke`.
#[derive(Args)]
pub(crate) struct TokenCommand {
    /// What people call the system that reads.
    #[arg(long, required_unless_present_any = ["list", "revoke"])]
    name: Option<String>,
    /// What it may see: the first digits of a division code; "" is the whole country.
    #[arg(long, required_unless_present_any = ["list", "revoke"])]
    scope: Option<String>,
    /// Only the work of the body of this id.
    #[arg(long, value_name = "ID")]
    body: Option<BodyId>,
    /// What it may do; given again for each of several.
    #[arg(long, required_unless_present_any = ["list", "revoke"])]
    right: Vec<Right>,
    /// How many days it is good.
    #[arg(long, default_value_t = 365)]
    days: u32,
    /// List the accounts instead.
    #[arg(long, conflicts_with_all = ["name", "scope", "body", "right", "revoke"])]
    list: bool,
    /// Revoke the account of this id instead.
    #[arg(long, value_name = "ID", conflicts_with_all = ["name", "scope", "body", "right"])]
    revoke: Option<String>,
}

impl TokenCommand {
    /// Does it; what is to be printed.
    pub(crate) fn run(self, app: &App) -> Result<String, Error> {
        let everywhere = Scope::new("");
        let now = app.now_ms();
        if self.list {
            let accounts = app.store().write_blocking(move |tx| account::all(tx, &everywhere))?;
            return Ok(accounts.iter().map(line).collect());
        }
        if let Some(text) = self.revoke {
            let mut id = [0; 16];
            let wrong = || Error::Usage(format!("there is no account {text:?}; see token --list"));
            hex::decode_to_slice(&text, &mut id).map_err(|_| wrong())?;
            let revoked = app.store().write_blocking(move |tx| account::revoke(tx, &everywhere, &id, now))?;
            return if revoked { Ok("revoked\n".to_owned()) } else { Err(wrong()) };
        }
        let prefix = self.scope.unwrap_or_default();
        let account = NewAccount {
            name: self.name.unwrap_or_default(),
            scope: match self.body {
                Some(body) => Scope::of_body(prefix, body),
                None => Scope::new(prefix),
            },
            rights: self.right,
            days: self.days,
        };
        if let Some((_, what)) = account.fault() {
            return Err(Error::Usage(what));
        }
        let (id, token) = (app.random()?, account::draw_token(app)?);
        let shown = format!("{token}\n");
        app.store().write_blocking(move |tx| account::make(tx, id, &token, &account, None, now))?;
        Ok(shown)
    }
}

fn line(account: &AccountInfo) -> String {
    let rights: Vec<&str> = account.rights.iter().map(|right| right.name()).collect();
    let state = if account.revoked_ms.is_some() { " revoked" } else { "" };
    let until = super::words::moment(account.expires_ms);
    let (id, scope) = (hex::encode(account.id), account.scope.prefix());
    format!("{id} {:?} scope {scope:?} {} until {until}{state}\n", account.name, rights.join(","))
}

//! The command line.

use crate::admin::setup;
use crate::api::TokenCommand;
use crate::audit::AuditCommand;
use crate::compact::CompactionCommand;
use crate::county::{self, insert::insert_code};
use crate::keys::KeysCommand;
use crate::people::{self, Role};
use crate::tls::{TlsArgs, TlsCommand};
use crate::{App, Config, Error, PublicUrl, Server, drain, tls};
use clap::{Parser, Subcommand};
use rusqlite::{OptionalExtension, params};
use std::ffi::OsString;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use wurao_protocol::PersonId;
use wurao_protocol::invite::Invite;

/// How long a one-time code is good for.
const CODE_MS: i64 = 15 * 60_000;

/// The server of Wurao.
#[derive(Parser)]
#[command(name = "wurao-server", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves phones and supervisors until it is told to stop.
    Serve {
        /// The folder that holds everything; made when it is not there.
        #[arg(long)]
        data: PathBuf,
        /// Where to listen; port 0 takes any free one.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Ask phones for the original photos too.
        #[arg(long)]
        originals: bool,
        /// The number that villages call when in doubt.
        #[arg(long)]
        hotline: Option<String>,
        /// The address that phones, posters and codes carry, such as https://inspect.example; a host and a port of at
        /// most 32 characters. Else it is the one that a page was asked at.
        #[arg(long, value_name = "URL")]
        public_url: Option<PublicUrl>,
        /// The address of the proxy before this server, which adds whom it speaks for to X-Forwarded-For: wrong tries
        /// are then counted for each of those, not for the proxy.
        #[arg(long, value_name = "IP")]
        proxy: Option<IpAddr>,
        /// How many requests a service account has in a minute.
        #[arg(long, default_value_t = 600)]
        requests: usize,
        /// How many connections one address has at a time, the proxy aside; more are closed at once. A network whose
        /// phones all come from one address may need more.
        #[arg(long, default_value_t = 128)]
        connections_each: usize,
        #[command(flatten)]
        tls: TlsArgs,
    },
    /// Makes and renews the certificate of a server that has none.
    #[command(subcommand)]
    Tls(TlsCommand),
    /// Makes, lists and revokes the tokens of other systems.
    Token {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        #[command(flatten)]
        token: TokenCommand,
    },
    /// Reads, proves and signs the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Packs the changes of visits that are long over, and says what could not be packed.
    #[command(subcommand)]
    Compaction(CompactionCommand),
    /// Looks after the keys that sign permits.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Empties a phone that was found, with the drain key: what it had not sent comes in, held when it was revoked.
    Drain {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// The phone's folder.
        phone: PathBuf,
    },
    /// Prints every address of the server and its methods: what a proxy before it must let through.
    Routes,
    /// Loads a county file; what was loaded before stays as it is.
    Load {
        /// The folder that holds everything; made when it is not there.
        #[arg(long)]
        data: PathBuf,
        /// The county file.
        county: PathBuf,
    },
    /// Prints a fresh address to make the first administrator at, while there is none.
    SetupCode {
        /// The folder that holds everything; made when it is not there.
        #[arg(long)]
        data: PathBuf,
        /// The server's address, for the whole link.
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        url: String,
    },
    /// Prints a link with which somebody chooses a new password within a day; the only way for who approves.
    PasswordLink {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// The server's address, for the whole link.
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        url: String,
        /// Whose login.
        login: String,
    },
    /// Makes a one-time code that lets one phone in within 15 minutes.
    EnrolCode {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// The login of who works on the phone; given again for each of several.
        #[arg(long, required = true)]
        person: Vec<String>,
        /// What people shall call the phone.
        #[arg(long)]
        name: String,
        /// The server's address: prints the invitation that goes with the code too. It says which CA the phone is to
        /// believe, so under a CA of one's own a phone needs it.
        #[arg(long)]
        url: Option<String>,
    },
}

/// Runs one command line, the program's name first; what it prints goes to `out`.
pub fn run<I>(args: I, out: &mut dyn Write) -> Result<(), Error>
where
    I: IntoIterator<Item = OsString>,
{
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(help) if !help.use_stderr() => return print(out, &help.to_string()),
        Err(error) => return Err(Error::Usage(error.to_string())),
    };
    match args.command {
        Command::Serve { data, listen, originals, hotline, public_url, proxy, requests, connections_each, tls } => {
            let (tls, config) = (tls.files(&data)?, Config::new(data, listen));
            serve(Config { originals, hotline, public_url, proxy, requests, connections_each, tls, ..config }, out)
        }
        Command::Token { data, token } => print(out, &token.run(&App::open(offline(&data))?)?),
        Command::Audit(command) => print(out, &command.run()?),
        Command::Compaction(command) => print(out, &command.run(&App::open(offline(command.data()))?)?),
        Command::Keys(command) => print(out, &command.run()?),
        Command::Drain { data, phone } => print(out, &drain::told(&drain::drain(&App::open(offline(&data))?, &phone)?)),
        Command::Routes => print(out, &every_route()),
        Command::Tls(command) => print(out, &command.run()?),
        Command::Load { data, county } => load(&data, &county, out),
        Command::SetupCode { data, url } => setup_code(&data, &url, out),
        Command::PasswordLink { data, url, login } => password_link(&data, &url, login, out),
        Command::EnrolCode { data, person, name, url } => enrol_code(&data, &person, &name, url, out),
    }
}

fn serve(config: Config, out: &mut dyn Write) -> Result<(), Error> {
    // A refusal means that the process which runs us has set one up already.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .try_init();
    let stop = StopSignal::listen()?;
    let server = Server::start(config)?;
    print(out, &format!("listening on {}\n", server.url()))?;
    // A server that nobody has set up says where to.
    if let Some(code) = setup::fresh_code(server.app(), true)? {
        let public = server.app().config().public_url.as_ref().map(PublicUrl::to_string);
        print(out, &format!("set up at {}{}\n", public.unwrap_or_else(|| server.url()), setup::path(&code)))?;
    }
    stop.wait();
    server.shutdown();
    Ok(())
}

fn load(data: &Path, county: &Path, out: &mut dyn Write) -> Result<(), Error> {
    let loaded = county::load(&App::open(offline(data))?, county)?;
    let left_out = loaded.left_out.iter().map(|entry| format!("left out: {entry}\n"));
    print(out, &format!("{} added\n{}", loaded.added, left_out.collect::<String>()))
}

fn setup_code(data: &Path, url: &str, out: &mut dyn Write) -> Result<(), Error> {
    let code = setup::fresh_code(&App::open(offline(data))?, false)?;
    let code = code.ok_or_else(|| Error::Usage("there is an administrator already".to_owned()))?;
    print(out, &format!("{}{}\n", url.trim_end_matches('/'), setup::path(&code)))
}

fn password_link(data: &Path, url: &str, login: String, out: &mut dyn Write) -> Result<(), Error> {
    let app = App::open(offline(data))?;
    let code = hex::encode(app.random::<16>()?);
    let (kept, now) = (code.clone(), app.now_ms());
    app.store().write_blocking(move |tx| {
        let sql = "SELECT id FROM person WHERE login = ?1 AND disabled_ms IS NULL";
        let person = tx.query_row(sql, params![login], |row| Ok(PersonId(row.get(0)?))).optional()?;
        let person = person.ok_or_else(|| Error::Usage(format!("nobody's login is {login}, or it is disabled")))?;
        people::first::keep_code(tx, &person, None, &kept, now)
    })?;
    print(out, &format!("{}{}?code={code}\n", url.trim_end_matches('/'), crate::page::address::PASSWORD))
}

fn enrol_code(
    data: &Path,
    logins: &[String],
    name: &str,
    url: Option<String>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let app = App::open(offline(data))?;
    let drawn = app.random::<16>()?;
    let code = hex::encode(drawn);
    let authority = tls::pin(&app.files().keys())?;
    let (given, logins, name, expires) = (code.clone(), logins.to_vec(), name.to_owned(), app.now_ms() + CODE_MS);
    app.store().write_blocking(move |tx| {
        let mut persons = Vec::new();
        for login in &logins {
            let found = tx
                .query_row("SELECT id FROM person WHERE login = ?1", params![login], |row| Ok(PersonId(row.get(0)?)))
                .optional()?;
            let person = found.ok_or_else(|| Error::Usage(format!("nobody's login is {login}")))?;
            if !people::grants(tx, &person)?.iter().any(|grant| grant.role == Role::Inspector) {
                return Err(Error::Usage(format!("{login} is no inspector")));
            }
            persons.push(person);
        }
        insert_code(tx, &given, &name, &persons, expires)
    })?;
    let invitation = url.map(|url| {
        let authority = authority.filter(|_| url.starts_with("https:"));
        format!("{}\n", Invite { url, authority, code: drawn }.to_text())
    });
    print(out, &format!("{code}\n{}", invitation.unwrap_or_default()))
}

fn every_route() -> String {
    crate::routes().iter().map(|route| format!("{} {}\n", route.methods.join(","), route.path)).collect()
}

/// For commands that do not listen.
fn offline(data: &Path) -> Config {
    Config::new(data, SocketAddr::from(([127, 0, 0, 1], 0)))
}

fn print(out: &mut dyn Write, text: &str) -> Result<(), Error> {
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|source| Error::System { doing: "print", source })
}

/// Being told to stop, by the terminal or by the system.
struct StopSignal(tokio::runtime::Runtime, tokio::signal::unix::Signal);

impl StopSignal {
    /// From here on a signal is noticed, also one that comes before anybody waits.
    fn listen() -> Result<Self, Error> {
        let fault = |source| Error::System { doing: "listen for signals", source };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(fault)?;
        let entered = runtime.enter();
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(fault)?;
        drop(entered);
        Ok(Self(runtime, signal))
    }

    fn wait(mut self) {
        self.0.block_on(async {
            tokio::select! {
                _ = self.1.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        });
    }
}

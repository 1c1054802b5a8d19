//! `wurao-server tls ...`, and how `serve` is told of a certificate.

use super::{Made, TlsFiles, init, own_files, pin, renew};
use crate::{Clock, Error, Files, SystemClock};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// How `serve` is told of a certificate.
#[derive(Args)]
pub(crate) struct TlsArgs {
    /// Serve TLS with the certificate that `tls init` has made.
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"])]
    tls: bool,
    /// Serve TLS with this certificate (PEM, the CAs above it after it).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl TlsArgs {
    /// The files to serve with, if any.
    pub(crate) fn files(self, data: &Path) -> Result<Option<TlsFiles>, Error> {
        if self.tls {
            return Ok(Some(own_files(&Files::open(data)?.keys())));
        }
        Ok(self.tls_cert.zip(self.tls_key).map(|(certificate, key)| TlsFiles { certificate, key }))
    }
}

/// The server's own CA.
#[derive(Subcommand)]
pub(crate) enum TlsCommand {
    /// Makes a CA of the server's own and a certificate under it, in the key folder.
    Init {
        /// The folder that holds everything; made when it is not there.
        #[arg(long)]
        data: PathBuf,
        /// A name or address that phones and browsers reach the server by; given again for each of several.
        #[arg(long, required = true)]
        host: Vec<String>,
    },
    /// Makes a new certificate under the CA that is there; a running server takes it up by itself.
    Renew {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// Other hosts than those of the last certificate.
        #[arg(long)]
        host: Vec<String>,
    },
    /// Prints the pin by which phones know the CA.
    Pin {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
    },
}

impl TlsCommand {
    /// Does it; what is to be printed.
    pub(crate) fn run(self) -> Result<String, Error> {
        let now_ms = SystemClock.now_ms();
        let said = |made: Made| {
            format!("{} for {}\npin {}\n", made.files.certificate.display(), made.hosts.join(", "), made.pin)
        };
        match self {
            Self::Init { data, host } => Ok(said(init(&Files::open(&data)?.keys(), &host, now_ms)?)),
            Self::Renew { data, host } => Ok(said(renew(&Files::open(&data)?.keys(), &host, now_ms)?)),
            Self::Pin { data } => {
                let keys = Files::open(&data)?.keys();
                let pin = pin(&keys)?.ok_or_else(|| super::TlsError::NoCa { path: keys.join("tls/ca.crt") })?;
                Ok(format!("pin {pin}\n"))
            }
        }
    }
}

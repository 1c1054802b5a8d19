//! Signed tokens of health authorities with the results they must get: COSE, CWT, ES256 and PS256 as
//! independent signers write them. The files lie beside the repository and are no part of it.

use crate::foreign::{Algorithm, Rsa, Token, Verifier, read};
use base64ct::Encoding as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use wurao_protocol::Digest;
use wurao_protocol::key::PublicKey;
use x509_parser::prelude::{FromDer as _, X509Certificate};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/dcc")
}

struct Case {
    name: String,
    file: Value,
}

/// The private claim that these tokens are made for; a map under the key 1.
const STATEMENT: i64 = -260;

/// The certificate that a token is to be checked with.
struct Certificate {
    name: Vec<u8>,
    verifier: Box<dyn Verifier>,
    from_s: i64,
    to_s: i64,
}

/// Data that its own makers list as wrong, with their issue's number.
const KNOWN_ISSUES: [(&str, &str, &str); 1] = [("ES/40", "EXPECTEDVERIFY", "issue 228 of the data")];

fn cases() -> Option<Vec<Case>> {
    let mut cases = Vec::new();
    for country in std::fs::read_dir(folder()).ok()? {
        let country = country.unwrap().path();
        let raw = country.join("2DCode/raw");
        for file in std::fs::read_dir(raw).into_iter().flatten() {
            let file = file.unwrap().path();
            if file.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let name = format!(
                "{}/{}",
                country.file_name().unwrap().to_string_lossy(),
                file.file_stem().unwrap().to_string_lossy()
            );
            cases.push(Case { name, file: serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap() });
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Some(cases)
}

impl Case {
    fn expected(&self, what: &str) -> Option<bool> {
        self.file["EXPECTEDRESULTS"][what].as_bool()
    }

    /// The token's bytes as the file has them, else out of the text of the code.
    fn bytes(&self) -> Result<Vec<u8>, String> {
        match self.file["COSE"].as_str().filter(|text| !text.is_empty()) {
            Some(text) => hex::decode(text).map_err(|error| error.to_string()),
            None => self.unpacked(),
        }
    }

    /// What stands in the text of the code: base 45, then zlib.
    fn unpacked(&self) -> Result<Vec<u8>, String> {
        let text = self.file["PREFIX"].as_str().ok_or("no text")?;
        let text = text.strip_prefix("HC1:").ok_or("not a text of this kind")?;
        let packed = base45::decode(text).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        let mut zlib = flate2::read::ZlibDecoder::new(packed.as_slice()).take(1 << 20);
        zlib.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    fn certificate(&self) -> Option<Certificate> {
        let text = self.file["TESTCTX"]["CERTIFICATE"].as_str()?;
        let der = base64ct::Base64::decode_vec(text).ok()?;
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        let key = certificate.public_key();
        let verifier: Box<dyn Verifier> = match key.parsed().ok()? {
            x509_parser::public_key::PublicKey::RSA(_) => Box::new(Rsa(key.subject_public_key.data.to_vec())),
            x509_parser::public_key::PublicKey::EC(point) => Box::new(compressed(point.data())?),
            _ => return None,
        };
        let validity = certificate.validity();
        Some(Certificate {
            name: Digest::of(&[&der]).0[..8].to_vec(),
            verifier,
            from_s: validity.not_before.timestamp(),
            to_s: validity.not_after.timestamp(),
        })
    }

    fn clock_s(&self) -> Option<i64> {
        let text = self.file["TESTCTX"]["VALIDATIONCLOCK"].as_str()?;
        text.parse::<jiff::Timestamp>().ok().map(|time| time.as_second())
    }
}

/// A P-256 point as ours are written.
fn compressed(point: &[u8]) -> Option<PublicKey> {
    let [4, rest @ ..] = point else { return None };
    let (x, y) = rest.split_at_checked(32)?;
    PublicKey::from_bytes(&[&[2 + (y.last()? & 1)], x].concat()).ok()
}

fn verified(token: &Token, certificate: &Certificate) -> bool {
    token.key_id == certificate.name && token.verify(certificate.verifier.as_ref())
}

fn in_time(token: &Token, certificate: &Certificate, clock_s: i64) -> bool {
    let (Some(issued_s), Some(expires_s)) = (token.issued_s(), token.expires_s()) else { return false };
    certificate.from_s <= issued_s && expires_s <= certificate.to_s && token.good_at(clock_s)
}

/// What came of one expectation: whether it held, or why it is not ours to hold.
fn checked(case: &Case, what: &str) -> Result<bool, &'static str> {
    if let Some((.., why)) = KNOWN_ISSUES.iter().find(|(name, known, _)| case.name.starts_with(name) && *known == what)
    {
        return Err(why);
    }
    let token = || case.bytes().and_then(|bytes| read(&bytes));
    match what {
        "EXPECTEDVERIFY" => {
            let certificate = case.certificate().ok_or("no certificate that can be read in the file")?;
            Ok(token().is_ok_and(|token| verified(&token, &certificate)))
        }
        "EXPECTEDEXPIRATIONCHECK" => {
            let certificate = case.certificate().ok_or("no certificate that can be read in the file")?;
            let clock_s = case.clock_s().ok_or("no clock in the file")?;
            let token = token();
            if token.as_ref().is_ok_and(|token| token.expires_s() == Some(clock_s)) {
                return Err("the very second of expiry, which RFC 8392 refuses and the data's own checker takes");
            }
            Ok(token.is_ok_and(|token| in_time(&token, &certificate, clock_s)))
        }
        "EXPECTEDDECODE" => Ok(token().is_ok_and(|token| token.statement(STATEMENT).is_some())),
        // The text leads to the very token.
        "EXPECTEDB45DECODE" | "EXPECTEDCOMPRESSION" => match case.file["COSE"].as_str() {
            Some(text) => Ok(case.unpacked().is_ok_and(|bytes| hex::encode(bytes) == text.to_lowercase())),
            None => Err("no token in the file"),
        },
        "EXPECTEDKEYUSAGE" => Err("which certificate may sign which kind of health certificate"),
        "EXPECTEDSCHEMAVALIDATION" => Err("the schema of health certificates"),
        "EXPECTEDVALIDJSON" | "EXPECTEDVALIDOBJECT" | "EXPECTEDENCODE" => Err("the JSON of health certificates"),
        "EXPECTEDPICTUREDECODE" | "EXPECTEDUNPREFIX" => Err("the picture and its prefix"),
        _ => Err("no expectation of the scheme"),
    }
}

#[test]
fn every_token_in_scope_gets_the_result_its_signer_expects() {
    let Some(cases) = cases() else {
        println!("the corpus of foreign tokens is not beside the repository: nothing was checked");
        return;
    };
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut algorithms = BTreeMap::new();
    for case in &cases {
        if let Ok(token) = case.bytes().and_then(|bytes| read(&bytes)) {
            *algorithms.entry(format!("{:?}", token.algorithm)).or_insert(0) += 1;
        }
        for what in case.file["EXPECTEDRESULTS"].as_object().unwrap().keys() {
            let outcome = match (case.expected(what), checked(case, what)) {
                (None, _) => "out of scope: no yes or no".to_owned(),
                (_, Err(why)) => format!("out of scope: {why}"),
                (Some(expected), Ok(found)) => {
                    if expected != found {
                        wrong.push(format!("{} {what}: expected {expected}, found {found}", case.name));
                    }
                    if expected { "accepted" } else { "refused" }.to_owned()
                }
            };
            *counts.entry((what.clone(), outcome)).or_default() += 1;
        }
    }
    println!("{} files, algorithms {algorithms:?}", cases.len());
    for ((what, outcome), count) in &counts {
        println!("{count:4}  {what}  {outcome}");
    }
    assert_eq!(wrong, [""; 0]);
    for what in ["EXPECTEDVERIFY", "EXPECTEDEXPIRATIONCHECK"] {
        for outcome in ["accepted", "refused"] {
            assert!(counts.contains_key(&(what.to_owned(), outcome.to_owned())), "{what}: nothing was {outcome}");
        }
    }
    assert!(algorithms.len() == 2, "both algorithms must occur: {algorithms:?}");
}

#[test]
fn a_foreign_token_is_none_of_our_records() {
    for case in cases().unwrap_or_default() {
        if let Ok(bytes) = case.bytes() {
            assert!(wurao_protocol::envelope::open(&bytes).is_err(), "{}", case.name);
        }
    }
}

#[test]
fn our_own_permit_is_a_token_that_the_foreign_reader_reads_but_its_lane_keeps_the_signature() {
    let record = crate::sample::sealed(wurao_protocol::record::Kind::Permit);
    let token = read(&record).unwrap();
    let permit = crate::sample::permit();
    assert_eq!(
        (token.algorithm, token.issued_s(), token.expires_s()),
        (Algorithm::Es256, Some(permit.issued_s), Some(permit.expires_s))
    );
    assert!(token.good_at(permit.expires_s - 1) && !token.good_at(permit.expires_s));
    let key = wurao_protocol::key::Signer::public(&crate::sample::permit_key());
    assert!(!token.verify(&key), "signed with our lane, which a reader must know");
}

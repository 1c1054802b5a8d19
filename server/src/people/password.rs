//! Passwords: argon2id, never compared in any other way.

use crate::Error;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// Hashes a password with this salt, as text for the database.
pub fn hash(password: &str, salt: &[u8; 16]) -> Result<String, Error> {
    let hash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| Error::Password(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether this is the password. For nobody's password the work is done all the same, so that the time does not tell
/// whether a name exists.
pub(super) fn verify(password: &str, stored: Option<&str>) -> bool {
    let Some(stored) = stored else {
        let _ = hash(password, &[0; 16]);
        return false;
    };
    PasswordHash::new(stored)
        .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_is_the_password() {
        let stored = hash("correct horse", &[7; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(&stored)));
        assert!(!verify("correct horse ", Some(&stored)));
        assert!(!verify("", None));
        assert!(!verify("x", Some("not a hash")));
    }
}

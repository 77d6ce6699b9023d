//! Passwords: only their Argon2id hashes are stored.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier, generate_salt};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{DatabaseConnection, DbErr};

use crate::database::scoped;
use crate::person;

/// A new random password of 80 bits, and its hash.
pub(crate) fn generate() -> Result<(String, String), Error> {
    let random = generate_salt();
    let password = random.iter().take(10).map(|byte| format!("{byte:02x}"));
    let password: String = password.collect();
    let hash = Argon2::default().hash_password(password.as_bytes())?;
    Ok((password, hash.to_string()))
}

/// Whether the password belongs to the hash. Without a hash it takes as long to say no, so that the time does not tell
/// who is known.
pub(crate) async fn is_right(password: String, hash: Option<String>) -> bool {
    let check = move || match hash.as_deref().map(PasswordHash::new) {
        Some(Ok(hash)) => Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok(),
        _ => {
            let _ = Argon2::default().hash_password(password.as_bytes());
            false
        }
    };
    // The hash takes long enough to hold up other requests.
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

/// Gives a person a new password, and returns it: the command `password`.
///
/// # Errors
///
/// The usage, if the arguments are not the id of a person; the database's errors.
pub async fn reset_password(
    arguments: impl IntoIterator<Item = String>,
    db: &DatabaseConnection,
) -> Result<String, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = arguments.into_iter().collect();
    let id = match &arguments[..] {
        [id] => id.parse().ok(),
        _ => None,
    };
    let id = id.ok_or("usage: trash-bin password PERSON, with the id of a person")?;
    let (password, hash) = generate()?;
    let person = person::ActiveModel {
        id: Unchanged(id),
        password_hash: Set(Some(hash)),
        ..Default::default()
    };
    let person = person
        .update(&scoped(db))
        .await
        .map_err(|error| match error {
            DbErr::RecordNotUpdated => format!("there is no person {id}").into(),
            other => Box::<dyn std::error::Error>::from(other),
        })?;
    Ok(format!(
        "{} signs in with {} and {password}",
        person.name, person.email
    ))
}

//! Something to play with: three folders, eight notes, two of them in the trash already.

use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbErr, TransactionTrait};
use sea_orm_soft_delete::{Clock, Timestamp};

use crate::{folder, note};

struct Folder {
    name: &'static str,
    notes: &'static [Note],
}

struct Note {
    title: &'static str,
    body: &'static str,
    deletion: Option<Deletion>,
}

struct Deletion {
    days_ago: i64,
    who: &'static str,
    why: &'static str,
}

const FOLDERS: [Folder; 3] = [
    Folder {
        name: "Household",
        notes: &[
            live("Groceries", "Oats, lentils, coffee, something green."),
            live(
                "Boiler service",
                "Mr Okafor comes on Thursday between 8 and 12. The meter is behind the coats.",
            ),
            Note {
                title: "Wi-Fi password",
                body: "correct horse battery staple",
                deletion: Some(Deletion {
                    days_ago: 9,
                    who: "bob",
                    why: "moved to the password manager",
                }),
            },
        ],
    },
    Folder {
        name: "Garden",
        notes: &[
            live(
                "What to sow in April",
                "Peas, radishes and spinach outside; tomatoes on the window sill.",
            ),
            live(
                "Apple tree",
                "Cut back after the last frost, not before: see last year.",
            ),
            Note {
                title: "Pond?",
                body: "3 m by 2 m, next to the shed.",
                deletion: Some(Deletion {
                    days_ago: 2,
                    who: "alice",
                    why: "too close to the roots of the apple tree",
                }),
            },
        ],
    },
    Folder {
        name: "Reading",
        notes: &[
            live(
                "To read",
                "The Dispossessed. Middlemarch, this time to the end.",
            ),
            live("Lent", "Piranesi to Farida, since Christmas."),
        ],
    },
];

/// Fills an empty database, once.
///
/// # Errors
///
/// Those of the database. Nothing is written then.
pub async fn seed(db: &DatabaseConnection) -> Result<(), DbErr> {
    // With the trashed ones: whoever deleted every folder does not want these back.
    if folder::Entity::with_trashed().one(db).await?.is_some() {
        return Ok(());
    }
    let txn = db.begin().await?;
    for Folder { name, notes } in FOLDERS {
        let folder = folder::ActiveModel {
            name: Set(name.to_owned()),
            ..Default::default()
        };
        let folder = folder.insert(&txn).await?;
        for Note {
            title,
            body,
            deletion,
        } in notes
        {
            let note = note::ActiveModel {
                folder_id: Set(folder.id),
                title: Set((*title).to_owned()),
                body: Set((*body).to_owned()),
                ..Default::default()
            };
            let note = note.insert(&txn).await?;
            if let Some(deletion) = deletion {
                trash(note.id, deletion, &txn).await?;
            }
        }
    }
    txn.commit().await
}

/// No request says who deletes here, so the call does. The time is that of a clock set back.
async fn trash(note: i32, deletion: &Deletion, db: &impl ConnectionTrait) -> Result<(), DbErr> {
    const MICROS_PER_DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let then = Timestamp::now().unix_micros() - deletion.days_ago * MICROS_PER_DAY;
    let clock = Timestamp::from_unix_micros(then).map_or_else(Clock::system, Clock::fixed);

    let delete = note::Entity::delete_by_id(note)
        .by(deletion.who)
        .because(deletion.why);
    clock.scope(delete.exec(db)).await?;
    Ok(())
}

const fn live(title: &'static str, body: &'static str) -> Note {
    Note {
        title,
        body,
        deletion: None,
    }
}

//! Sample data: two people and two workspaces, with seven folders and thirteen notes; one folder and five notes are in
//! the trash.

use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryOrder,
    TransactionTrait,
};
use sea_orm_soft_delete::{Attribution, Clock, ScopeValues, Timestamp};

use crate::database::scoped;
use crate::workspace::{self, Workspace};
use crate::{folder, note, password, person};

const ANN: &str = "Ann Moreau";
const BEN: &str = "Ben Lindqvist";

const PEOPLE: [(&str, &str); 2] = [(ANN, "ann@example.org"), (BEN, "ben@example.org")];

struct Folder {
    name: &'static str,
    /// Who wrote the notes.
    author: &'static str,
    /// Its parent folder, which comes earlier in the list.
    parent: Option<&'static str>,
    notes: &'static [Note],
    deleted: Option<Delete>,
}

struct Note {
    title: &'static str,
    body: &'static str,
    deleted: Option<Delete>,
}

struct Delete {
    days_ago: i64,
    who: &'static str,
    why: &'static str,
}

/// The first workspace, which the migration has created.
const HOME: [Folder; 5] = [
    folder(
        "Household",
        BEN,
        None,
        &[
            note("Groceries", "Oats, lentils, coffee, something green."),
            note(
                "Boiler service",
                "Mr Okafor comes on Thursday between 8 and 12. The meter is behind the coats.",
            ),
            Note {
                deleted: deleted(9, BEN, "moved to the password manager"),
                ..note("Wi-Fi password", "correct horse battery staple")
            },
        ],
    ),
    folder(
        "Garden",
        ANN,
        None,
        &[
            note(
                "Apple tree",
                "Cut back after the last frost, not before: see last year.",
            ),
            Note {
                deleted: deleted(2, ANN, "too close to the roots of the apple tree"),
                ..note("Pond?", "3 m by 2 m, next to the shed.")
            },
        ],
    ),
    folder(
        "Vegetables",
        ANN,
        Some("Garden"),
        &[note(
            "What to sow in April",
            "Peas, radishes and spinach outside; tomatoes on the window sill.",
        )],
    ),
    folder(
        "Reading",
        ANN,
        None,
        &[
            note(
                "To read",
                "The Dispossessed. Middlemarch, this time to the end.",
            ),
            note("Lent", "Piranesi to Farida, since Christmas."),
        ],
    ),
    Folder {
        deleted: deleted(1, ANN, "we are back"),
        ..folder(
            "Holidays",
            BEN,
            None,
            &[
                note("Packing list", "Boots, the small tent, the good torch."),
                // This note was trashed before its folder, and cannot be restored without it.
                Note {
                    deleted: deleted(30, BEN, "booked"),
                    ..note("Trains", "The 8:14, or with a change the 9:02.")
                },
            ],
        )
    },
];

const STUDIO: [Folder; 2] = [
    folder(
        "Jobs",
        ANN,
        None,
        &[
            note("Bakery sign", "Gold on green. Ready by the 14th."),
            Note {
                deleted: deleted(3, ANN, "they chose somebody else"),
                ..note("Menu for the harbour", "Two pages, in four languages.")
            },
        ],
    ),
    // The other workspace has a folder of this name, too.
    folder(
        "Reading",
        BEN,
        None,
        &[note("Paper samples", "The catalogue is on the top shelf.")],
    ),
];

/// What a person of the sample data signs in with.
#[derive(Clone, Debug)]
pub struct Account {
    /// The person's e-mail address.
    pub email: &'static str,
    /// A random password, of which the database has only the hash.
    pub password: String,
}

/// Fills an empty database with the sample data, once, and returns with what its people sign in. It returns no accounts
/// if the database was not empty.
///
/// # Errors
///
/// Database errors. On error, nothing is written.
pub async fn seed(db: &DatabaseConnection) -> Result<Vec<Account>, DbErr> {
    let db = scoped(db);
    let workspaces = workspace::Entity::find().order_by_asc(workspace::Column::Id);
    let workspaces = workspaces.all(&db).await?;
    // Trashed folders of any workspace count: a user who deleted every folder does not want the sample data back.
    let folder = folder::Entity::with_trashed()
        .one(&db.across(Workspace))
        .await?;
    let ([home], None) = (workspaces.as_slice(), folder) else {
        return Ok(Vec::new());
    };
    let txn = db.begin().await?;
    let mut people: Vec<(&str, i32)> = Vec::new();
    let mut accounts = Vec::new();
    for (name, email) in PEOPLE {
        let (password, hash) =
            password::generate().map_err(|error| DbErr::Custom(error.to_string()))?;
        let person = person::ActiveModel {
            name: Set(name.to_owned()),
            email: Set(email.to_owned()),
            password_hash: Set(Some(hash)),
            is_admin: Set(name == ANN),
            ..Default::default()
        };
        people.push((name, person.insert(&txn).await?.id));
        accounts.push(Account { email, password });
    }
    let studio = workspace::ActiveModel {
        name: Set("Studio".to_owned()),
        ..Default::default()
    };
    let studio = studio.insert(&txn).await?;
    // Both are filled in one transaction, so here the task carries the workspace, and not the connection.
    let fill_home = fill(&HOME, &people, &txn);
    ScopeValues::of(Workspace, home.id).scope(fill_home).await?;
    let fill_studio = fill(&STUDIO, &people, &txn);
    ScopeValues::of(Workspace, studio.id)
        .scope(fill_studio)
        .await?;
    txn.commit().await?;
    Ok(accounts)
}

async fn fill(
    folders: &[Folder],
    people: &[(&str, i32)],
    txn: &(impl ConnectionTrait + TransactionTrait),
) -> Result<(), DbErr> {
    let mut ids: Vec<(&str, i32)> = Vec::new();
    for Folder {
        name,
        author,
        parent,
        notes,
        deleted,
    } in folders
    {
        let parent = ids.iter().find(|(name, _)| Some(*name) == *parent);
        let folder = folder::ActiveModel {
            name: Set((*name).to_owned()),
            parent_id: Set(parent.map(|(_, id)| *id)),
            ..Default::default()
        };
        let folder = folder.insert(txn).await?;
        ids.push((name, folder.id));
        let author = id_of(author, people);
        for Note {
            title,
            body,
            deleted,
        } in *notes
        {
            let note = note::ActiveModel {
                folder_id: Set(folder.id),
                title: Set((*title).to_owned()),
                body: Set((*body).to_owned()),
                author_id: Set(author),
                ..Default::default()
            };
            let note = note.insert(txn).await?;
            if let Some(deleted) = deleted {
                let trash = note::Entity::delete_by_id(note.id).with(deleted.by(people));
                deleted.clock().scope(trash.exec(txn)).await?;
            }
        }
        if let Some(deleted) = deleted {
            let trash = folder::Entity::delete_by_id(folder.id).with(deleted.by(people));
            deleted.clock().scope(trash.exec(txn)).await?;
        }
    }
    Ok(())
}

fn id_of(name: &str, people: &[(&str, i32)]) -> Option<i32> {
    let person = people.iter().find(|(known, _)| *known == name);
    person.map(|(_, id)| *id)
}

impl Delete {
    /// Who and why. Who is the id of a person, so that an erasure of the person leaves nothing about them.
    fn by(&self, people: &[(&str, i32)]) -> Attribution {
        let who = id_of(self.who, people).map_or_else(|| self.who.to_owned(), |id| id.to_string());
        Attribution::by(who).because(self.why)
    }

    /// A clock set back to the time of the delete.
    fn clock(&self) -> Clock {
        const MICROS_PER_DAY: i64 = 24 * 60 * 60 * 1_000_000;
        let then = Timestamp::now().unix_micros() - self.days_ago * MICROS_PER_DAY;
        Timestamp::from_unix_micros(then).map_or_else(Clock::system, Clock::fixed)
    }
}

const fn folder(
    name: &'static str,
    author: &'static str,
    parent: Option<&'static str>,
    notes: &'static [Note],
) -> Folder {
    Folder {
        name,
        author,
        parent,
        notes,
        deleted: None,
    }
}

const fn note(title: &'static str, body: &'static str) -> Note {
    Note {
        title,
        body,
        deleted: None,
    }
}

const fn deleted(days_ago: i64, who: &'static str, why: &'static str) -> Option<Delete> {
    Some(Delete { days_ago, who, why })
}

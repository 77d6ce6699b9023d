//! Folders in folders and their notes, whose authors count them too.
//!
//! ```text
//! folder ⟲ cascade, counted
//! folder ─cascade→ note, counted
//!                  note ─counted in→ author (not soft-deletable)
//! page ←counted── word: a key of two columns, no family
//! reel ←counted── frame: a marker instead of an operation column
//! ```

use sea_orm::prelude::*;
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Counters, SoftDeleteError};

use crate::families::rows::{number, run};
use crate::harness::TestDb;

pub(super) mod folder {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "counter_folder")]
    #[soft_delete(
        archive,
        cascade(Entity on Relation::Parent, super::note::Entity on super::note::Relation::Folder),
        counted_in(Entity on Relation::Parent, live = "folders", trashed = "trashed_folders")
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub parent_id: Option<i32>,
        #[sea_orm(default_value = 0)]
        pub folders: i32,
        #[sea_orm(default_value = 0)]
        pub trashed_folders: i32,
        #[sea_orm(default_value = 0)]
        pub notes: i64,
        #[sea_orm(default_value = 0)]
        pub trashed_notes: i64,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "counter_note")]
    #[soft_delete(
        archive,
        subject(super::folder::Entity on Relation::Folder),
        counted_in(super::folder::Entity on Relation::Folder, live = "notes", trashed = "TrashedNotes"),
        counted_in(super::author::Entity on Relation::Author, live = "notes")
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub folder_id: Option<i32>,
        #[soft_delete(erase = null)]
        pub author_id: Option<i32>,
        pub title: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::folder::Entity",
            from = "Column::FolderId",
            to = "super::folder::Column::Id"
        )]
        Folder,
        #[sea_orm(
            belongs_to = "super::author::Entity",
            from = "Column::AuthorId",
            to = "super::author::Column::Id"
        )]
        Author,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Not soft-deletable.
pub(super) mod author {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "counter_author")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(default_value = 0)]
        pub notes: i16,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod page {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "counter_page")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        #[sea_orm(default_value = 0)]
        pub words: u32,
        #[sea_orm(default_value = 0)]
        pub trashed_words: u32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Has no family, so that only the counters make its verbs transactions.
pub(super) mod word {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "counter_word")]
    #[soft_delete(
        erase_rows,
        subject(super::page::Entity on Relation::Page),
        counted_in(super::page::Entity on Relation::Page, live = "words", trashed = "trashed_words")
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i32,
        pub page: Option<i32>,
        #[sea_orm(unique)]
        pub text: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::page::Entity",
            from = "(Column::Book, Column::Page)",
            to = "(super::page::Column::Book, super::page::Column::Number)"
        )]
        Page,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// In the dense format.
pub(super) mod reel {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "counter_reel")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(default_value = 0)]
        pub trashed_frames: i32,
        #[sea_orm(has_many)]
        pub frames: HasMany<super::frame::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// In the dense format; its marker tells the operation. It counts its own inserts.
pub(super) mod frame {
    use sea_orm::ConnectionTrait;
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{Counters, SoftDelete};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "counter_frame")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub reel_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "reel_id", to = "id")]
        #[soft_delete(counted_in(trashed = "trashed_frames"))]
        pub reel: BelongsTo<super::reel::Entity>,
    }

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn after_save<C>(model: Model, db: &C, insert: bool) -> Result<Model, DbErr>
        where
            C: ConnectionTrait,
        {
            if insert {
                Counters::add(&model, db).await?;
            }
            Ok(model)
        }
    }
}

/// Folder 2 is in 1, 3 in 2, and 4 stands by itself. Folder 1 has the notes 1 to 3, 2 has 4 and 5, 3 has 6, 4 has 7 and
/// 8; note 9 is in none. Author 1 wrote the odd ones, author 2 the others but 8.
pub(super) async fn desk(db: &TestDb) -> Result<(), SoftDeleteError> {
    db.create_table(author::Entity).await;
    db.create_table(folder::Entity).await;
    db.create_table(note::Entity).await;
    SoftDeleteSchema::of::<folder::Entity>()
        .archive_table()
        .create(&**db)
        .await?;
    SoftDeleteSchema::of::<note::Entity>()
        .archive_table()
        .create(&**db)
        .await?;
    run(
        db,
        &[
            "INSERT INTO counter_author (id) VALUES (1), (2)",
            "INSERT INTO counter_folder (id, parent_id) VALUES (1, NULL), (2, 1), (3, 2), (4, NULL)",
            "INSERT INTO counter_note (id, folder_id, author_id, title) VALUES (1, 1, 1, 'a'), (2, 1, 2, 'b'), \
             (3, 1, 1, 'c'), (4, 2, 2, 'd'), (5, 2, 1, 'e'), (6, 3, 2, 'f'), (7, 4, 1, 'g'), (8, 4, NULL, 'h'), \
             (9, NULL, 1, 'i')",
        ],
    )
    .await;
    Counters::of::<folder::Entity>().recount(&**db).await?;
    Counters::of::<note::Entity>().recount(&**db).await?;
    right(db).await;
    Ok(())
}

/// Page 1 of book 1 has three words, page 2 one, and one word is on no page. Book 2 has a page 1 with one word.
pub(super) async fn book(db: &TestDb) -> Result<(), SoftDeleteError> {
    db.create_table(page::Entity).await;
    db.create_table(word::Entity).await;
    run(
        db,
        &[
            "INSERT INTO counter_page (book, number) VALUES (1, 1), (1, 2), (2, 1)",
            "INSERT INTO counter_word (book, place, page, text) VALUES (1, 1, 1, 'a'), (1, 2, 1, 'b'), \
             (1, 3, 1, 'c'), (1, 4, 2, 'd'), (1, 5, NULL, 'e'), (2, 1, 1, 'f')",
        ],
    )
    .await;
    Counters::of::<word::Entity>().recount(&**db).await?;
    right_words(db).await;
    Ok(())
}

/// Asserts that every count of folders and notes is right, by statements of the test.
pub(super) async fn right(db: &TestDb) {
    right_as(db, "after all").await;
}

pub(super) async fn right_as(db: &TestDb, what: &str) {
    let counts = [
        (
            "counter_folder",
            "folders",
            "counter_folder",
            "parent_id",
            "NULL",
        ),
        (
            "counter_folder",
            "trashed_folders",
            "counter_folder",
            "parent_id",
            "NOT NULL",
        ),
        (
            "counter_folder",
            "notes",
            "counter_note",
            "folder_id",
            "NULL",
        ),
        (
            "counter_folder",
            "trashed_notes",
            "counter_note",
            "folder_id",
            "NOT NULL",
        ),
        (
            "counter_author",
            "notes",
            "counter_note",
            "author_id",
            "NULL",
        ),
    ];
    for (parent, column, child, key, state) in counts {
        let wrong = format!(
            "SELECT COUNT(*) FROM {parent} p WHERE p.{column} <> (SELECT COUNT(*) FROM {child} c WHERE \
             c.{key} = p.id AND c.deleted_at IS {state})"
        );
        assert_eq!(
            number(db, &wrong).await,
            0,
            "{parent}.{column} is wrong {what}"
        );
    }
}

pub(super) async fn right_words(db: &TestDb) {
    for (column, state) in [("words", "NULL"), ("trashed_words", "NOT NULL")] {
        let wrong = format!(
            "SELECT COUNT(*) FROM counter_page p WHERE p.{column} <> (SELECT COUNT(*) FROM counter_word c WHERE \
             c.book = p.book AND c.page = p.number AND c.deleted_at IS {state})"
        );
        assert_eq!(number(db, &wrong).await, 0, "{column} is wrong");
    }
}

/// What a folder counts: live and trashed folders, live and trashed notes.
pub(super) async fn counts(db: &TestDb, id: i32) -> [i64; 4] {
    let mut all = [0; 4];
    for (to, column) in all
        .iter_mut()
        .zip(["folders", "trashed_folders", "notes", "trashed_notes"])
    {
        let sql = format!(
            "SELECT CAST({column} AS {}) FROM counter_folder WHERE id = {id}",
            big(db)
        );
        *to = number(db, &sql).await;
    }
    all
}

/// What a page counts: live and trashed words.
pub(super) async fn words(db: &TestDb, book: i32, page: i32) -> [i64; 2] {
    let mut all = [0; 2];
    for (to, column) in all.iter_mut().zip(["words", "trashed_words"]) {
        let sql = format!(
            "SELECT CAST({column} AS {}) FROM counter_page WHERE book = {book} AND number = {page}",
            big(db)
        );
        *to = number(db, &sql).await;
    }
    all
}

fn big(db: &TestDb) -> &'static str {
    match db.server().speaks_mysql() {
        true => "SIGNED",
        false => "bigint",
    }
}

/// How many live notes an author has.
pub(super) async fn written(db: &TestDb, id: i32) -> i16 {
    let author = author::Entity::find_by_id(id).one(&**db).await;
    author.unwrap().unwrap().notes
}

//! Users and what is kept about them: user 1 is the subject, and her values contain "planted".

use std::fmt::Debug;

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel};
use sea_orm_soft_delete::{SoftDelete, SoftDeleteError, deletion_log};

use crate::harness::TestDb;

pub(crate) mod user {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{RowKey, SoftDelete};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "erase_user")]
    #[soft_delete(log, cascade(super::note::Entity on super::note::Relation::Author))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(unique)]
        #[soft_delete(erase = "deleted_{key}@removed.invalid")]
        pub email: String,
        #[soft_delete(erase = null)]
        pub phone: Option<String>,
        #[soft_delete(erase = with(pseudonym))]
        pub nickname: Option<String>,
        #[soft_delete(erase = 0)]
        pub born: i32,
        #[soft_delete(erase = false)]
        pub is_public: bool,
        pub plan: String,
        #[soft_delete(hold)]
        pub is_held: bool,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(reason, erase = null)]
        pub reason: Option<String>,
    }

    fn pseudonym(key: &RowKey) -> String {
        format!("user {key}")
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Held with its author or on its own.
pub(crate) mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "erase_note")]
    #[soft_delete(
        subject(super::user::Entity on Relation::Author),
        held_with(super::user::Entity on Relation::Author),
        cascade(super::attachment::Entity on super::attachment::Relation::Note)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub author_id: i32,
        #[sea_orm(unique)]
        #[soft_delete(erase = "note-{key}")]
        pub slug: String,
        #[soft_delete(erase = "")]
        pub text: String,
        #[soft_delete(hold)]
        pub case_number: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::user::Entity",
            from = "Column::AuthorId",
            to = "super::user::Column::Id"
        )]
        Author,
    }

    impl Related<super::user::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Author.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Removed, with the comments on it and its copies, which are not soft-deletable.
pub(crate) mod attachment {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "erase_attachment")]
    #[soft_delete(
        erase_rows,
        subject(super::note::Entity),
        cascade(super::comment::Entity on super::comment::Relation::Attachment),
        destroy(super::copy::Entity on super::copy::Relation::Attachment)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub note_id: i32,
        pub path: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::note::Entity",
            from = "Column::NoteId",
            to = "super::note::Column::Id"
        )]
        Note,
    }

    impl Related<super::note::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Note.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// About its author, on an attachment of anybody. The author is overwritten too.
pub(crate) mod comment {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "erase_comment")]
    #[soft_delete(subject(super::user::Entity on Relation::Author))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub attachment_id: i32,
        #[soft_delete(erase = null)]
        pub author_id: Option<i32>,
        #[soft_delete(erase = "removed")]
        pub text: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::attachment::Entity",
            from = "Column::AttachmentId",
            to = "super::attachment::Column::Id"
        )]
        Attachment,
        #[sea_orm(
            belongs_to = "super::user::Entity",
            from = "Column::AuthorId",
            to = "super::user::Column::Id"
        )]
        Author,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Not soft-deletable.
pub(crate) mod copy {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "erase_copy")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub attachment_id: i32,
        pub path: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::attachment::Entity",
            from = "Column::AttachmentId",
            to = "super::attachment::Column::Id"
        )]
        Attachment,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// It has two columns in its key, and declares nothing to erase but the text.
pub(crate) mod draft {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "erase_draft")]
    #[soft_delete(subject(super::note::Entity))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub note_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub lang: String,
        #[soft_delete(erase = "draft {key}")]
        pub text: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::note::Entity",
            from = "Column::NoteId",
            to = "super::note::Column::Id"
        )]
        Note,
    }

    impl Related<super::note::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Note.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// It declares nothing to erase.
pub(crate) mod vote {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "erase_vote")]
    #[soft_delete(subject(super::user::Entity))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub user_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::user::Entity",
            from = "Column::UserId",
            to = "super::user::Column::Id"
        )]
        User,
    }

    impl Related<super::user::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::User.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// About rows of several tables, and about others of its own table.
pub(crate) mod mention {
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::{Expr, ExprTrait};
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "erase_mention")]
    #[soft_delete(subject(super::user::Entity on of_user(), Entity on Relation::Parent))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub of_table: String,
        pub of_id: i32,
        pub parent_id: Option<i32>,
        #[soft_delete(erase = null)]
        pub text: Option<String>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
    }

    fn of_user() -> RelationDef {
        Entity::belongs_to(super::user::Entity)
            .from(Column::OfId)
            .to(super::user::Column::Id)
            .on_condition(|mention, _| Expr::col((mention, Column::OfTable)).eq("user").into())
            .into()
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const ROWS: &[&str] = &[
    "INSERT INTO erase_user (id, email, phone, nickname, born, is_public, plan, is_held) VALUES \
     (1, 'planted@x', 'planted-1', 'planted-2', 1980, TRUE, 'free', FALSE), \
     (2, 'other@x', 'other-1', 'other-2', 1990, TRUE, 'paid', FALSE)",
    "INSERT INTO erase_note (id, author_id, slug, text) VALUES (1, 1, 'planted-3', 'planted-4'), \
     (2, 1, 'planted-5', 'planted-6'), (3, 1, 'planted-7', 'planted-8'), (4, 2, 'other-3', 'other-4')",
    "INSERT INTO erase_attachment (id, note_id, path) VALUES (1, 1, 'planted-9'), (2, 2, 'planted-10'), \
     (3, 4, 'other-5')",
    "INSERT INTO erase_comment (id, attachment_id, author_id, text) VALUES (1, 1, 2, 'other-6'), \
     (2, 2, 1, 'planted-11'), (3, 3, 1, 'planted-12'), (4, 3, 2, 'other-7')",
    "INSERT INTO erase_copy (id, attachment_id, path) VALUES (1, 1, 'planted-13'), (2, 3, 'other-8')",
    "INSERT INTO erase_draft (note_id, lang, text) VALUES (1, 'de', 'planted-14'), (1, 'en', 'planted-15'), \
     (4, 'en', 'other-9')",
    "INSERT INTO erase_vote (id, user_id) VALUES (1, 1), (2, 2)",
    "INSERT INTO erase_mention (id, of_table, of_id, parent_id, text) VALUES (1, 'user', 1, NULL, 'planted-16'), \
     (2, 'room', 1, NULL, 'other-10'), (3, 'room', 9, 1, 'planted-17'), (4, 'room', 9, 3, 'planted-18'), \
     (5, 'user', 2, NULL, 'other-11')",
];

pub(crate) async fn run(db: &impl ConnectionTrait, texts: &[&str]) {
    for sql in texts {
        db.execute_unprepared(sql).await.unwrap();
    }
}

/// Two users. Notes 2 and 3 of user 1, comment 3 and a draft are trashed, in operations of their own; note 2 took
/// attachment 2 along, and its comment.
pub(crate) async fn two_users(db: &TestDb) -> Result<(), SoftDeleteError> {
    create(db).await;
    fill(db).await
}

pub(crate) async fn create(db: &TestDb) {
    db.create_table(user::Entity).await;
    db.create_table(note::Entity).await;
    db.create_table(attachment::Entity).await;
    db.create_table(comment::Entity).await;
    db.create_table(copy::Entity).await;
    db.create_table(draft::Entity).await;
    db.create_table(vote::Entity).await;
    db.create_table(mention::Entity).await;
    deletion_log::create_table(&**db).await.unwrap();
}

async fn fill(db: &TestDb) -> Result<(), SoftDeleteError> {
    run(&**db, ROWS).await;
    note::Entity::delete_by_id(2).exec(&**db).await?;
    note::Entity::delete_by_id(3).exec(&**db).await?;
    comment::Entity::delete_by_id(3).exec(&**db).await?;
    draft::Entity::delete_by_id((1, "de".to_owned()))
        .exec(&**db)
        .await?;
    mention::Entity::delete_by_id(3).exec(&**db).await?;
    Ok(())
}

/// All rows of all tables, live and trashed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rows {
    users: Vec<user::Model>,
    notes: Vec<note::Model>,
    attachments: Vec<attachment::Model>,
    comments: Vec<comment::Model>,
    copies: Vec<copy::Model>,
    drafts: Vec<draft::Model>,
    votes: Vec<vote::Model>,
    mentions: Vec<mention::Model>,
    log: Vec<deletion_log::Model>,
}

async fn sorted<E: SoftDelete>(_: E, db: &TestDb) -> Result<Vec<E::Model>, DbErr>
where
    E::Model: Debug,
{
    let mut rows = <E as SoftDelete>::with_trashed().all(&**db).await?;
    rows.sort_by_key(|row| format!("{row:?}"));
    Ok(rows)
}

impl Rows {
    pub(crate) async fn of(db: &TestDb) -> Result<Self, DbErr> {
        Ok(Self {
            users: sorted(user::Entity, db).await?,
            notes: sorted(note::Entity, db).await?,
            attachments: sorted(attachment::Entity, db).await?,
            comments: sorted(comment::Entity, db).await?,
            copies: copy::Entity::find().all(&**db).await?,
            drafts: sorted(draft::Entity, db).await?,
            votes: sorted(vote::Entity, db).await?,
            mentions: sorted(mention::Entity, db).await?,
            log: deletion_log::Entity::find().all(&**db).await?,
        })
    }

    /// How many values contain this text.
    pub(crate) fn count(&self, text: &str) -> usize {
        format!("{self:?}").matches(text).count()
    }

    /// The rows, except those of the log.
    pub(crate) fn without_log(mut self) -> Self {
        self.log.clear();
        self
    }

    /// Replaces all rows by these, as a restore from a backup does.
    pub(crate) async fn put_back(self, db: &TestDb) -> Result<(), DbErr> {
        async fn put<E>(_: E, rows: Vec<E::Model>, db: &TestDb) -> Result<(), DbErr>
        where
            E: EntityTrait,
            E::Model: IntoActiveModel<E::ActiveModel>,
        {
            if rows.is_empty() {
                return Ok(());
            }
            let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
            let insert = <E as EntityTrait>::insert_many(rows);
            insert.exec_without_returning(&**db).await?;
            Ok(())
        }
        run(&**db, &["UPDATE erase_mention SET parent_id = NULL"]).await;
        for table in [
            "mention",
            "vote",
            "draft",
            "copy",
            "comment",
            "attachment",
            "note",
            "user",
        ] {
            run(&**db, &[&format!("DELETE FROM erase_{table}")]).await;
        }
        run(&**db, &["DELETE FROM deletion_log"]).await;
        put(deletion_log::Entity, self.log, db).await?;
        put(user::Entity, self.users, db).await?;
        put(note::Entity, self.notes, db).await?;
        put(attachment::Entity, self.attachments, db).await?;
        put(comment::Entity, self.comments, db).await?;
        put(copy::Entity, self.copies, db).await?;
        put(draft::Entity, self.drafts, db).await?;
        put(vote::Entity, self.votes, db).await?;
        put(mention::Entity, self.mentions, db).await
    }
}

//! What the service can do, for whoever opens it in a browser.

const ROUTES: &str = "\
trash-bin: notes in folders, and a trash that gives them back

GET    /folders                     the folders
POST   /folders                     a new one: {\"name\": …}
DELETE /folders/{id}                into the trash, if no live note is in it;
                                    with ?keep_notes=true its notes stay live, in no folder

GET    /notes?folder={id}&page=1    the notes, of one folder or of all
POST   /notes                       a new one: {\"folder_id\": …, \"title\": …, \"body\": …}
GET    /notes/{id}                  one note
PATCH  /notes/{id}                  change its folder_id, title or body
DELETE /notes/{id}?reason=…         into the trash

GET    /reports/notes?page=1        the notes, each with its folder
GET    /reports/folders             how many notes each folder has, and the latest
GET    /reports/audit?page=1        the notes in no folder, each with the trashed one it was in

GET    /trash?page=1                what is in the trash, newest first: who, when, why
DELETE /trash                       empty it, for good
POST   /trash/notes/{id}/restore    out of the trash
DELETE /trash/notes/{id}            destroy it, for good
POST   /trash/folders/{id}/restore  out of the trash
DELETE /trash/folders/{id}          destroy it, for good, if no note is in it

A request that changes something says who you are: `x-user: alice`.
";

pub(crate) async fn index() -> &'static str {
    ROUTES
}

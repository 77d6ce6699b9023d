//! What the service can do, for whoever opens it in a browser.

const ROUTES: &str = "\
trash-bin: notes in folders, and a trash that gives them back

GET    /workspaces                  the workspaces
POST   /workspaces                  a new one: {\"name\": …}

GET    /folders                     the folders
POST   /folders                     a new one: {\"name\": …, \"parent_id\": …}
PATCH  /folders/{id}                change its name, or its parent_id: move it
GET    /folders/{id}/delete       what would go into the trash with it: a preview
POST   /folders/{id}/delete       into the trash, as previewed: {\"preview\": …, \"reason\": …}

GET    /notes?folder={id}&page=1    the notes, of one folder or of all
POST   /notes                       a new one: {\"folder_id\": …, \"title\": …, \"body\": …}
GET    /notes/{id}                  one note
PATCH  /notes/{id}                  change its folder_id, title or body
DELETE /notes/{id}?reason=…         into the trash

GET    /search?q=…&page=1           the notes in whose title or body that is

GET    /people                      the people
POST   /people                      a new one: {\"name\": …, \"email\": …}
GET    /people/{id}/erasure         what would be overwritten if the person were forgotten
POST   /people/{id}/erasure         forget them, as previewed, and answer the receipt: {\"preview\": …}

GET    /reports/notes?page=1        the notes, each with its folder
GET    /reports/folders             how many notes each folder has, and the latest
GET    /reports/audit?page=1        the notes in the trash, each with the folder it is from

GET    /trash?before={operation}    what was deleted, newest first: who, when, why, how much
DELETE /trash                       empty it, for good
GET    /trash/{operation}           one delete, and what its restore or destruction would do
GET    /trash/{operation}/history   who deleted, restored and destroyed what of it, also when it is gone
POST   /trash/{operation}/restore   out of the trash, with all that went with it;
                                    with ?with_ancestors=true, with the folder that it was in
DELETE /trash/{operation}           destroy it, for good, with all that is in it

A request about folders, notes or their trash names a workspace: `x-workspace: 1`. It reaches no other one.

A request that changes something says who you are: `x-user: alice`, or `x-user: 1`, the id of a person, who
is then the author of new notes.
";

pub(crate) async fn index() -> &'static str {
    ROUTES
}

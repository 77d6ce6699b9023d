//! What the API can do.

const ROUTES: &str = "\
trash-bin: notes in folders, and a trash that gives them back

GET    /api/workspaces                  the workspaces
POST   /api/workspaces                  a new one: {\"name\": …}

GET    /api/folders                     the folders
POST   /api/folders                     a new one: {\"name\": …, \"parent_id\": …}
PATCH  /api/folders/{id}                change its name, or its parent_id: move it
GET    /api/folders/{id}/delete         what would go into the trash with it: a preview
POST   /api/folders/{id}/delete         into the trash, as previewed: {\"preview\": …, \"reason\": …}

GET    /api/notes?folder={id}&page=1    the notes, of one folder or of all
POST   /api/notes                       a new one: {\"folder_id\": …, \"title\": …, \"body\": …}
GET    /api/notes/{id}                  one note
PATCH  /api/notes/{id}                  change its folder_id, title or body
DELETE /api/notes/{id}?reason=…         into the trash

GET    /api/search?q=…&page=1           the notes in whose title or body that is

GET    /api/people                      the people
POST   /api/people                      a new one: {\"name\": …, \"email\": …}
GET    /api/people/{id}/erasure         what would be overwritten if the person were forgotten
POST   /api/people/{id}/erasure         forget them, as previewed, and answer the receipt: {\"preview\": …}

GET    /api/reports/notes?page=1        the notes, each with its folder
GET    /api/reports/folders             how many notes each folder has, and the latest
GET    /api/reports/audit?page=1        the notes in the trash, each with the folder it is from

GET    /api/trash?before={operation}    what was deleted, newest first: who, when, why, how much
DELETE /api/trash                       empty it, for good
GET    /api/trash/{operation}           one delete, and what its restore or destruction would do
GET    /api/trash/{operation}/history   who deleted, restored and destroyed what of it, also when it is gone
POST   /api/trash/{operation}/restore   out of the trash, with all that went with it;
                                    with ?with_ancestors=true, with the folder that it was in
DELETE /api/trash/{operation}           destroy it, for good, with all that is in it

A request about folders, notes or their trash names a workspace: `x-workspace: 1`. It reaches no other one.

A request that changes something says who you are: `x-user: alice`, or `x-user: 1`, the id of a person, who
is then the author of new notes.
";

pub(crate) async fn index() -> &'static str {
    ROUTES
}

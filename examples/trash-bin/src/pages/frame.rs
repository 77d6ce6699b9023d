//! What every page has around its content: the title, who is signed in, the workspace, and a notice.

use sea_orm_soft_delete::OperationId;
use serde::{Deserialize, Serialize};

use crate::pages::session::Visitor;
use crate::workspace;

/// The parts of `base.html`.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) who: Option<String>,
    pub(crate) is_admin: bool,
    pub(crate) workspace: Option<workspace::Model>,
    pub(crate) notice: Option<Notice>,
}

/// What the page before did. It travels in a signed cookie, so that a link cannot make one up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) text: String,
    /// The delete to undo, and its workspace.
    pub(crate) undo: Option<Undo>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Undo {
    pub(crate) workspace: i32,
    pub(crate) operation: OperationId,
}

impl Notice {
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            undo: None,
        }
    }
}

impl Frame {
    pub(crate) fn workspace_name(&self) -> &str {
        self.workspace.as_ref().map_or("", |it| &it.name)
    }

    /// The frame of a page for everybody.
    pub(crate) fn public(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            who: None,
            is_admin: false,
            workspace: None,
            notice: None,
        }
    }

    /// The frame of a page outside of the workspaces.
    pub(crate) fn of(title: &str, visitor: &Visitor) -> Self {
        Self {
            who: Some(visitor.person.name.clone()),
            is_admin: visitor.person.is_admin,
            notice: visitor.notice.clone(),
            ..Self::public(title)
        }
    }
}

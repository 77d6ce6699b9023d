//! The users of this system. Database servers refuse to run as root.

use std::{fs, process::Command};

use crate::Result;

/// A user to run a server as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SystemUser {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The user to run a server as: the server's own user, or else `nobody`; `None` if this program is not root
/// and runs the server as its own user.
pub(crate) fn for_server(name: &str) -> Result<Option<SystemUser>> {
    if !we_are_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd")?;
    find(&passwd, name)
        .or_else(|| find(&passwd, "nobody"))
        .map(Some)
        .ok_or_else(|| {
            format!("it does not run as root, and there is neither a user `{name}` nor `nobody`")
                .into()
        })
}

pub(crate) fn we_are_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Lines are `name:password:uid:gid:comment:home:shell`.
fn find(passwd: &str, name: &str) -> Option<SystemUser> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        Some(SystemUser {
            uid: fields.nth(1)?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/bash
postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash
";

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        assert_eq!(
            find(PASSWD, "postgres"),
            Some(SystemUser { uid: 101, gid: 104 })
        );
        assert_eq!(find(PASSWD, "postgre"), None);
        assert_eq!(find(PASSWD, "mysql"), None);
    }
}

//! Who is signed in: a signed cookie names the person and says when they signed in, and with which password.
//!
//! The signature covers the value of a cookie and not its name. No notice is a session, because a notice is JSON and a
//! session is three parts with points between them.
//!
//! The service speaks HTTP, on the loopback interface by default. Behind a proxy that adds TLS, set `secure(true)` on the
//! cookies, too.

use axum::extract::{Form, FromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::SignedCookieJar;
use axum_extra::extract::cookie::{Cookie, Key, SameSite};
use sea_orm::{ColumnTrait, QueryFilter};
use sea_orm_soft_delete::{Attribution, Timestamp};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::app::Shared;
use crate::database::Db;
use crate::error::AppError;
use crate::pages::error::{PageError, render};
use crate::pages::frame::{Frame, Notice};
use crate::{password, person};

const SESSION: &str = "session";
const NOTICE: &str = "notice";
const SECONDS_OF_SESSION: i64 = 12 * 60 * 60;

/// The person who makes the request, and what the page before has to tell them.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) person: person::Model,
    pub(crate) notice: Option<Notice>,
    jar: SignedCookieJar,
}

/// A visitor who may see what is of all workspaces.
pub(crate) struct Admin(pub(crate) Visitor);

/// Runs the request as the person who is signed in. Everybody else is sent to sign in first.
///
/// Deletes record the id of the person: `Attribution::scope` applies to everything that runs inside it.
pub(crate) async fn require(
    State(shared): State<Shared>,
    jar: SignedCookieJar,
    mut request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let Some(person) = signed_in(&jar, &shared).await? else {
        let path = request.uri().path_and_query();
        let back = path.filter(|_| request.method().is_safe());
        let back = back.map_or("/", |path| path.as_str()).to_owned();
        return Err(PageError::SignIn { back });
    };
    let notice = jar.get(NOTICE);
    let notice = notice.and_then(|cookie| serde_json::from_str(cookie.value()).ok());
    let attribution = Attribution::by(person.id.to_string());
    let (is_read, cleared) = (notice.is_some(), jar.clone().remove(expired(NOTICE)));
    request.extensions_mut().insert(Visitor {
        person,
        notice,
        jar,
    });
    let response = attribution.scope(next.run(request)).await;
    // A page has shown it. A redirect sets the next one.
    Ok(match is_read && response.status().is_success() {
        true => (cleared, response).into_response(),
        false => response,
    })
}

async fn signed_in(
    jar: &SignedCookieJar,
    shared: &Shared,
) -> Result<Option<person::Model>, AppError> {
    let Some(cookie) = jar.get(SESSION) else {
        return Ok(None);
    };
    let parts: Vec<&str> = cookie.value().split('.').collect();
    let &[id, since, password] = parts.as_slice() else {
        return Ok(None);
    };
    let (Ok(id), Ok(since)) = (id.parse::<i32>(), since.parse::<i64>()) else {
        return Ok(None);
    };
    if now() - since > SECONDS_OF_SESSION {
        return Ok(None);
    }
    let person = person::Entity::find_by_id(id).one(shared.db()).await?;
    Ok(person.filter(|person| fingerprint(person) == password))
}

/// What changes with the password, so that a new one ends the sessions of the old one, and an erasure ends all.
fn fingerprint(person: &person::Model) -> String {
    let hash = person.password_hash.as_deref().unwrap_or_default();
    let digest = Sha256::digest(hash.as_bytes());
    let start = digest.iter().take(8);
    start.map(|byte| format!("{byte:02x}")).collect()
}

impl Visitor {
    /// Sends the visitor to another page, which shows the notice.
    pub(crate) fn go(self, to: &str, notice: Notice) -> Response {
        let text = serde_json::to_string(&notice).unwrap_or_default();
        let mut cookie = cookie(NOTICE, text);
        cookie.set_max_age(Some(time::Duration::minutes(1)));
        (self.jar.add(cookie), Redirect::to(to)).into_response()
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, PageError> {
        let visitor = parts.extensions.get::<Self>().cloned();
        visitor.ok_or_else(|| PageError::SignIn { back: "/".into() })
    }
}

impl FromRequestParts<Shared> for Admin {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, PageError> {
        let visitor = Visitor::from_request_parts(parts, shared).await?;
        match visitor.person.is_admin {
            true => Ok(Self(visitor)),
            false => Err(AppError::forbidden("only administrators may do this").into()),
        }
    }
}

#[derive(askama::Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    back: &'a str,
    email: &'a str,
    is_wrong: bool,
}

#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    back: String,
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    back: String,
}

pub(crate) async fn show(Query(Back { back }): Query<Back>) -> Response {
    render(&SignInPage {
        frame: Frame::public("Sign in"),
        back: &back,
        email: "",
        is_wrong: false,
    })
}

pub(crate) async fn sign_in(
    State(db): State<Db>,
    jar: SignedCookieJar,
    Form(given): Form<Credentials>,
) -> Result<Response, PageError> {
    let found = person::Entity::find().filter(person::Column::Email.eq(given.email.trim()));
    let found = found.one(&db).await?;
    let hash = found.as_ref().and_then(|it| it.password_hash.clone());
    let is_right = password::is_right(given.password, hash).await;
    let (Some(person), true) = (found, is_right) else {
        let page = SignInPage {
            frame: Frame::public("Sign in"),
            back: &given.back,
            email: &given.email,
            is_wrong: true,
        };
        return Ok((axum::http::StatusCode::UNAUTHORIZED, render(&page)).into_response());
    };
    let mut cookie = cookie(
        SESSION,
        format!("{}.{}.{}", person.id, now(), fingerprint(&person)),
    );
    cookie.set_max_age(Some(time::Duration::seconds(SECONDS_OF_SESSION)));
    Ok((jar.add(cookie), Redirect::to(local(&given.back))).into_response())
}

pub(crate) async fn sign_out(jar: SignedCookieJar) -> Response {
    let jar = jar.remove(expired(SESSION)).remove(expired(NOTICE));
    (jar, Redirect::to("/sign-in")).into_response()
}

/// The path, if it is one of this service. `//host` and `/\host` are other sites.
fn local(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\t', '\r', '\n']);
    if is_local { path } else { "/" }
}

/// A cookie that scripts cannot read, and that other sites do not send with a form.
fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

fn expired(name: &'static str) -> Cookie<'static> {
    Cookie::build(name).path("/").build()
}

fn now() -> i64 {
    Timestamp::now().unix_micros() / 1_000_000
}

/// The key that signs the cookies.
///
/// # Errors
///
/// Why the secret is too short.
pub fn cookie_key(secret: Option<&str>) -> Result<Key, String> {
    match secret {
        None => Ok(Key::generate()),
        Some(secret) => Key::try_from(secret.as_bytes())
            .map_err(|_| "COOKIE_KEY needs at least 64 bytes: openssl rand -hex 32".to_owned()),
    }
}

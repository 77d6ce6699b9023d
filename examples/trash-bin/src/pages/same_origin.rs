//! Refuses requests that another site makes a browser send (cross-site request forgery).
//!
//! Browsers say where a request comes from, so forms need no token: `Sec-Fetch-Site` in every browser since 2023,
//! `Origin` in older ones. A request with neither header comes from no browser, and no other site can have made it.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::AppError;
use crate::pages::error::PageError;

/// Lets safe requests pass, and requests that a page of this service sends.
pub(crate) async fn require(request: Request, next: Next) -> Result<Response, PageError> {
    if request.method().is_safe() || is_same_origin(request.headers(), request.uri()) {
        return Ok(next.run(request).await);
    }
    let why = "this request comes from another site, so nothing was done; open the page here, and try again";
    Err(AppError::new(StatusCode::FORBIDDEN, why).into())
}

fn is_same_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    // HTTP/2 has the host in the URI.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.or(uri.authority().map(|authority| authority.as_str()));
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    matches!((origin, host), (Some((_, origin)), Some(host)) if origin.eq_ignore_ascii_case(host))
}

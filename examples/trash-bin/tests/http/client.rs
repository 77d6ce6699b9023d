//! A client of the service.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tower::ServiceExt;

/// Sends requests as one user, or without a user, and in one workspace.
#[derive(Clone)]
pub(crate) struct Client {
    service: Service,
    user: Option<&'static str>,
    /// The headers `x-workspace` of each request.
    workspaces: Vec<String>,
}

/// The workspace that the migration creates.
pub(crate) const HOME: &str = "1";

#[derive(Clone)]
enum Service {
    InProcess(Router),
    Listening(SocketAddr),
}

/// A response: its status, and its JSON. Text that is not JSON becomes a JSON string.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    content_type: String,
    body: Value,
}

impl Client {
    /// A client as Alice, at home, which calls the router in-process.
    pub(crate) fn in_process(app: Router) -> Self {
        Self {
            service: Service::InProcess(app),
            user: Some("alice"),
            workspaces: vec![HOME.to_owned()],
        }
    }

    /// A client as Alice, at home, which calls a running program.
    pub(crate) fn of_program(address: SocketAddr) -> Self {
        Self {
            service: Service::Listening(address),
            user: Some("alice"),
            workspaces: vec![HOME.to_owned()],
        }
    }

    pub(crate) fn with_user(&self, user: Option<&'static str>) -> Self {
        Self {
            user,
            ..self.clone()
        }
    }

    /// The same client in another workspace.
    pub(crate) fn within(&self, workspace: &Value) -> Self {
        self.with_workspaces(&[&workspace["id"].to_string()])
    }

    /// The same client, which sends these headers `x-workspace`.
    pub(crate) fn with_workspaces(&self, workspaces: &[&str]) -> Self {
        Self {
            workspaces: workspaces.iter().map(ToString::to_string).collect(),
            ..self.clone()
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    /// Restores the operation that trashed this row.
    pub(crate) async fn restore(&self, trashed: &Value) -> Answer {
        self.send("POST", &format!("{}/restore", in_trash(trashed)), None)
            .await
    }

    /// Requests the preview of a delete of this folder, and confirms it.
    pub(crate) async fn delete_folder(&self, folder: &Value) -> Answer {
        let delete = format!("/folders/{}/delete", folder["id"]);
        let shown = self.get(&delete).await.is(200);
        self.post(&delete, shown).await
    }

    /// Sends a request to the API: its paths are below `/api`.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let path = format!("/api{path}");
        let path = path.trim_end_matches('/');
        let mut request = Request::builder().method(method).uri(path);
        if let Some(user) = self.user {
            request = request.header("x-user", user.as_bytes());
        }
        for workspace in &self.workspaces {
            request = request.header("x-workspace", workspace.as_bytes());
        }
        let request = match body {
            Some(json) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(json.to_string())),
            None => request.body(Body::empty()),
        };
        self.send_raw(request.unwrap()).await
    }

    pub(crate) async fn send_raw(&self, request: Request<Body>) -> Answer {
        let (head, body) = match &self.service {
            Service::InProcess(app) => {
                let response = app.clone().oneshot(request).await.unwrap();
                let (head, body) = response.into_parts();
                (head, body.collect().await.unwrap())
            }
            Service::Listening(address) => {
                let response = over_http(*address, request).await;
                let (head, body) = response.into_parts();
                (head, body.collect().await.unwrap())
            }
        };
        let body = body.to_bytes();
        let text = || String::from_utf8(body.to_vec()).unwrap().into();
        let body = serde_json::from_slice(&body).unwrap_or_else(|_| text());
        let content_type = head.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.map_or("", |value| value.to_str().unwrap());
        Answer {
            status: head.status,
            content_type: content_type.to_owned(),
            body,
        }
    }
}

/// The path `/trash/…` of the operation that trashed this row.
pub(crate) fn in_trash(trashed: &Value) -> String {
    let operation = trashed["operation_id"].as_str();
    format!("/trash/{}", operation.expect("a trashed row"))
}

/// Sends each request over its own connection.
pub(crate) async fn over_http(
    address: SocketAddr,
    mut request: Request<Body>,
) -> hyper::Response<hyper::body::Incoming> {
    let host = address.to_string().parse().unwrap();
    request.headers_mut().insert(header::HOST, host);
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    sender.send_request(request).await.unwrap()
}

impl Answer {
    pub(crate) fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The body, whatever the status is.
    pub(crate) fn body(self) -> Value {
        self.body
    }

    pub(crate) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Asserts this status and returns the body.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(
            self.status.as_u16(),
            status,
            "the answer was {:#}",
            self.body
        );
        self.body
    }

    /// Asserts this status, and an error that contains `mentioning`.
    #[track_caller]
    pub(crate) fn refuses(self, status: u16, mentioning: &str) {
        let body = self.is(status);
        let error = body["error"].as_str();
        let error = error.unwrap_or_else(|| panic!("the answer is no error: {body:#}"));
        assert!(error.contains(mentioning), "no {mentioning:?} in {error:?}");
    }
}

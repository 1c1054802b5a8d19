//! What a request is told when it is not answered.

use crate::Error;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request is not answered.
#[derive(Debug)]
pub enum ApiError {
    /// No token, or one that is not good.
    Unauthorized(&'static str),
    /// The account lacks this right.
    Forbidden(&'static str),
    /// There is nothing of that name in the account's scope.
    NotFound,
    /// The request cannot be understood; what and where.
    Invalid(String),
    /// Too many requests in a minute.
    TooMany,
    /// The server failed.
    Failed(Error),
}

/// What is wrong, for programs and for people.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem {
    /// A stable code.
    #[schema(example = "not-found")]
    problem: &'static str,
    /// What and where, in English.
    detail: String,
}

impl ApiError {
    fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::Unauthorized(why) => (StatusCode::UNAUTHORIZED, "unauthorized", (*why).to_owned()),
            Self::Forbidden(right) => {
                (StatusCode::FORBIDDEN, "forbidden", format!("this account has no right {right}"))
            }
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "not-found", "nothing of that name in this account's scope".to_owned())
            }
            Self::Invalid(what) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", what.clone()),
            Self::TooMany => {
                (StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "wait before the next request".to_owned())
            }
            Self::Failed(error) => {
                let status = StatusCode::from_u16(error.problem().status());
                (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), error.problem().code(), String::new())
            }
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Failed(error) = &self {
            tracing::error!(code = error.code(), "api: {error}");
        }
        let (status, problem, detail) = self.parts();
        let mut response = (status, Json(Problem { problem, detail })).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::Unauthorized(_) => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooMany => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            }
            _ => {}
        }
        response
    }
}

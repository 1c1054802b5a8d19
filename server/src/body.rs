//! Reading the body of a request without trusting its length.

use crate::Error;
use axum::body::Body;
use futures_util::StreamExt;
use wurao_protocol::Problem;

/// The whole body, or [`Problem::TooLarge`] as soon as it is longer than `limit`.
pub(crate) async fn whole(body: Body, limit: usize) -> Result<Vec<u8>, Error> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| Error::refused(Problem::Truncated, error.to_string()))?;
        if bytes.len() + chunk.len() > limit {
            return Err(Problem::TooLarge.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

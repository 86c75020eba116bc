//! One request: from where an earlier one broke off if the server can do that, else from the beginning.

use std::io::{ErrorKind, Read};
use std::time::Duration;

use ureq::http::{HeaderMap, Response, StatusCode, header};

use super::bounds::Bounds;
use super::event::{Event, Events};
use super::failure::Failure;
use super::partial_file::PartialFile;

/// Appends what `url` sends to `partial`, all of it.
pub(super) fn receive(
    url: &str,
    partial: &mut PartialFile,
    bounds: &Bounds,
    events: &mut Events<'_>,
) -> Result<(), Failure> {
    let response = ask(url, partial, bounds)?;
    let total = begin(&response, partial)?;
    if let Some(total) = total.filter(|total| *total > bounds.most_bytes) {
        return Err(Failure::Mirror(format!("offers {total} bytes, more than any published file has")));
    }
    let room = bounds.most_bytes - partial.length.min(bounds.most_bytes);
    let mut reader = response.into_body().into_reader().take(room + 1);
    let (mut buffer, name) = (vec![0; 1 << 16], partial.name());
    events(Event::Downloading { file: &name, url, received: partial.length, total });
    loop {
        let count = reader
            .read(&mut buffer)
            .map_err(|error| Failure::passing(format!("after {} bytes: {error}", partial.length)))?;
        if count == 0 {
            break;
        }
        partial.append(&buffer[..count])?;
        events(Event::Downloading { file: &name, url, received: partial.length, total });
    }
    match total {
        _ if partial.length > bounds.most_bytes => {
            Err(Failure::Mirror(format!("sent more than {} bytes", bounds.most_bytes)))
        }
        Some(total) if total != partial.length => {
            Err(Failure::passing(format!("ended after {} of {total} bytes", partial.length)))
        }
        _ => Ok(()),
    }
}

/// Sends the request; gives the answer, whatever its status.
fn ask(url: &str, partial: &PartialFile, bounds: &Bounds) -> Result<Response<ureq::Body>, Failure> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(bounds.connect))
        .timeout_recv_response(Some(bounds.silence))
        .timeout_per_read(Some(bounds.silence))
        .timeout_global(Some(bounds.whole))
        .http_status_as_error(false)
        .user_agent(concat!("latentlab/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    // The file is compressed already, and its checksum is that of its own bytes.
    let mut request = agent.get(url).header(header::ACCEPT_ENCODING, "identity");
    if partial.length > 0 {
        request = request.header(header::RANGE, format!("bytes={}-", partial.length));
        if let Some(version) = &partial.version {
            request = request.header(header::IF_RANGE, version);
        }
    }
    request.call().map_err(|error| match error {
        ureq::Error::Io(ref cause) if cause.kind() != ErrorKind::ConnectionRefused => {
            Failure::passing(error.to_string())
        }
        ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed => Failure::passing(error.to_string()),
        _ => Failure::Mirror(error.to_string()),
    })
}

/// Looks at the head of an answer and makes `partial` ready for its body. Gives the length of the whole file, if
/// the server says it.
fn begin(response: &Response<ureq::Body>, partial: &mut PartialFile) -> Result<Option<u64>, Failure> {
    let (status, headers) = (response.status(), response.headers());
    match status {
        StatusCode::OK => {
            partial.restart()?;
            partial.version = version(headers);
            Ok(response.body().content_length())
        }
        StatusCode::PARTIAL_CONTENT if partial.length > 0 => {
            let Some((_, total)) = range(headers).filter(|(start, _)| *start == partial.length) else {
                partial.restart()?;
                return Err(Failure::passing("answered with another part than was asked for"));
            };
            partial.goes_on();
            Ok(total)
        }
        StatusCode::RANGE_NOT_SATISFIABLE if partial.length > 0 => {
            partial.restart()?;
            Err(Failure::passing("cannot go on where the download broke off"))
        }
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            let seconds =
                headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            Err(Failure::Transient {
                reason: format!("http status: {status}"),
                after: seconds.map(Duration::from_secs),
            })
        }
        _ => Err(Failure::Mirror(format!("http status: {status}"))),
    }
}

/// What tells this version of a file from another: a strong entity tag, else the time of its last change (RFC 9110,
/// section 13.1.5).
fn version(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let tag = text(header::ETAG).filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| text(header::LAST_MODIFIED))
}

/// Where the part that was sent begins, and the length of the whole: `bytes 100-199/1000`, or `/*`.
fn range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (part, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = part.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

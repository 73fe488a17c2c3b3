//! Requests that are bytes before they are asked for, and connections that do no more than send
//! them: the load has one core, as the server has, and must not be what is measured.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use hyper::body::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One kept-alive connection, one request in flight.
pub(crate) struct Wire {
    stream: TcpStream,
    /// What has been read.
    buffer: Vec<u8>,
}

/// Where an answer ends and what its first line says.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Where the body begins.
    body: usize,
    /// Of head and body, in bytes.
    length: usize,
}

impl Wire {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the whole answer, which has to be a success; its body.
    pub(crate) async fn call(&mut self, request: &Bytes) -> Result<&[u8]> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection was closed");
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
        };
        while self.buffer.len() < head.length {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection was closed");
        }
        if !(200..300).contains(&head.status) {
            bail!("the server answered {}", String::from_utf8_lossy(&self.buffer));
        }
        Ok(&self.buffer[head.body..])
    }
}

/// The head of an answer, once it is there. Only bodies of a known length are read: those of all
/// that is measured.
fn head(read: &[u8]) -> Result<Option<Head>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = read.windows(END.len()).position(|four| four == END) else { return Ok(None) };
    let mut lines = read[..end].split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| line.get(9..12)).unwrap_or_default();
    let status = std::str::from_utf8(status)?.parse().context("no status")?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_at_checked(b"content-length:".len())?;
        name.eq_ignore_ascii_case(b"content-length:").then_some(value)
    });
    let length = std::str::from_utf8(length.context("an answer without a length")?)?;
    let length: usize = length.trim().parse()?;
    let body = end + END.len();
    Ok(Some(Head { status, body, length: body + length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\ndate: x\r\n\r\nhi";
        assert_eq!(head(&answer[..20]).unwrap(), None);
        let (length, body) = (answer.len(), answer.len() - 2);
        assert_eq!(head(answer).unwrap(), Some(Head { status: 200, body, length }));
        assert!(head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}

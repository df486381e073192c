//! A connection that is read line by line: what comes behind a line stays in it until it is asked for.
//!
//! The SMTP library keeps what it has read ahead when a connection is made secure. Answers that somebody on the way puts
//! behind the one to STARTTLS would be read later as if they had come over TLS, and every one after them a step late. Here
//! they still lie in the connection when the handshake begins, which takes them for what they are: no TLS.

use lettre::transport::smtp::client::AsyncTokioStream;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The most bytes that are read at once.
const MOST: usize = 4_096;

/// A connection that gives no byte from behind the end of a line together with the line.
#[derive(Debug)]
pub struct Lines(pub TcpStream);

impl AsyncRead for Lines {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = &mut self.get_mut().0;
        let mut bytes = [0; MOST];
        let most = buffer.remaining().min(MOST);
        let mut ahead = ReadBuf::new(&mut bytes[..most]);
        ready!(stream.poll_peek(context, &mut ahead))?;
        let line = match ahead.filled().iter().position(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None => ahead.filled().len(),
        };
        // These bytes are there already.
        let mut read = ReadBuf::new(&mut bytes[..line]);
        ready!(Pin::new(stream).poll_read(context, &mut read))?;
        buffer.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Lines {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Lines {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn what_comes_behind_a_line_stays_in_the_connection() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let connected = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut relay, _) = listener.accept().await.unwrap();
        relay.write_all(b"220 go\r\n250-relay\r\nno end").await.unwrap();
        drop(relay);
        let mut lines = Lines(connected);
        let mut buffer = [0; 100];
        let read = lines.read(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..read], b"220 go\r\n");
        let read = lines.read(&mut buffer[..3]).await.unwrap();
        assert_eq!(&buffer[..read], b"250");
        let mut rest = Vec::new();
        lines.0.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"-relay\r\nno end");
        assert_eq!(lines.read(&mut buffer).await.unwrap(), 0);
    }
}

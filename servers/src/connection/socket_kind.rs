//! What is known of a socket.

use std::any::Any;

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// What is known of a socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct SocketKind {
    pub(super) is_vectored: bool,
    /// It is a socket of tokio itself, which wakes its reader whenever it has something to read.
    pub(super) is_of_tokio: bool,
}

impl SocketKind {
    pub(super) fn of<T: AsyncWrite + Any>(io: &T) -> Self {
        let any: &dyn Any = io;
        let is_of_tokio = any.is::<TcpStream>();
        #[cfg(unix)]
        let is_of_tokio = is_of_tokio || any.is::<UnixStream>();
        Self { is_vectored: io.is_write_vectored(), is_of_tokio }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn sockets_of_tokio_are_known() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        assert!(SocketKind::of(&stream).is_of_tokio);
        #[cfg(unix)]
        assert!(SocketKind::of(&UnixStream::pair().unwrap().0).is_of_tokio);
        assert!(!SocketKind::of(&tokio::io::duplex(1).0).is_of_tokio);
    }
}

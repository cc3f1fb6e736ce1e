//! A Unix socket that the server binds by its path, and the file of it.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use axum::serve::Listener;
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};

use super::into_listener::cannot_listen;

/// A listening socket with its file. Dropped, it removes the file, so that the next run can bind the path.
#[derive(Debug)]
pub struct BoundUnixSocket {
    listener: UnixListener,
    path: PathBuf,
    /// Device and inode of the file.
    file: Option<(u64, u64)>,
}

impl BoundUnixSocket {
    /// Binds the path. The error names it, and what is there already.
    pub(super) async fn bind(path: &Path) -> io::Result<Self> {
        match UnixListener::bind(path) {
            Ok(listener) => {
                // Absolute, since the process may change its folder before it removes the file.
                let path = std::path::absolute(path)?;
                Ok(Self { listener, file: file_id(&path), path })
            }
            Err(error) => {
                let hint =
                    if error.kind() == io::ErrorKind::AddrInUse { what_is_there(path).await } else { "" };
                Err(cannot_listen(&path.display().to_string(), &error, hint))
            }
        }
    }
}

impl Drop for BoundUnixSocket {
    fn drop(&mut self) {
        // Another process may have put a socket of its own in the place of this one.
        if self.file.is_some() && self.file == file_id(&self.path) {
            // A file that cannot be removed is reported by the next bind.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Listener for BoundUnixSocket {
    type Io = UnixStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (UnixStream, SocketAddr) {
        Listener::accept(&mut self.listener).await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

fn file_id(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Returns what occupies the path of a socket, and what to do about it.
async fn what_is_there(path: &Path) -> &'static str {
    if !fs::metadata(path).is_ok_and(|file| file.file_type().is_socket()) {
        return "; the path is a file that is not a socket: use another path";
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            "; nothing listens there: an earlier run was killed and has left the file; remove it before binding, \
             with `std::fs::remove_file`"
        }
        _ => "; another process listens there: stop it, or use another path",
    }
}

/// The error for handlers that extract the address of their peer.
#[cfg(feature = "http")]
pub(super) fn no_peer_address(path: &Path) -> io::Error {
    let text = format!(
        "handlers extract the address of their peer, and peers of the Unix socket {} have none; bind tokio's \
         `UnixListener`, and pass it to `HttpServer::from_listener`",
        path.display()
    );
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

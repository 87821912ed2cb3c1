//! One writer at a time for each folder. The lock goes with the process, however it ends.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Event, HOME, Watch};
use crate::io::Error;

/// How often a waiting build looks again.
const PAUSE: Duration = Duration::from_millis(20);

/// Held until dropped.
pub struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Closing would leave the lock with a child process that another thread is just starting.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Waits up to `wait` for the lock of `out`, which must be a folder; tells `watch` once that it
/// does. Fails where another process still has it.
///
/// The folder itself is locked, so that no file is left behind; where folders cannot be locked
/// (Windows, some network file systems) it is the file `.tiphys/lock`, which stays.
pub fn lock(out: &Path, wait: Duration, watch: Watch) -> Result<Lock, Error> {
    let fail = |cause: std::io::Error| Error::new("lock", out, cause);
    let folder = File::open(out).and_then(|file| acquire_file(file, wait, watch));
    match folder {
        Err(cause) if is_unsupported(&cause) => {}
        result => return result.map_err(fail),
    }
    std::fs::create_dir_all(out.join(HOME)).map_err(fail)?;
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    let file = options.open(out.join(HOME).join("lock"));
    file.and_then(|file| acquire_file(file, wait, watch))
        .map_err(fail)
}

fn is_unsupported(cause: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidInput, IsADirectory, PermissionDenied, Unsupported};
    // 9: a network file system wants a writable file.
    cause.raw_os_error() == Some(9)
        || matches!(
            cause.kind(),
            InvalidInput | IsADirectory | PermissionDenied | Unsupported
        )
}

fn acquire_file(file: File, wait: Duration, watch: Watch) -> std::io::Result<Lock> {
    let start = Instant::now();
    let mut is_told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { file }),
            Err(TryLockError::Error(cause)) => return Err(cause),
            Err(TryLockError::WouldBlock) => {}
        }
        if start.elapsed() >= wait {
            let waited = wait.as_secs();
            let cause = format!("another process writes to it, still after {waited} s");
            return Err(std::io::Error::new(std::io::ErrorKind::TimedOut, cause));
        }
        if !is_told {
            watch(Event::Wait)?;
            is_told = true;
        }
        std::thread::sleep(PAUSE.min(wait));
    }
}

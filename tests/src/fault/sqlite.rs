//! The only unsafe code of the project: a VFS between SQLite and the system's own, by SQLite's rules.
//!
//! What it relies on, of `sqlite3.h` and `os_unix.c`:
//!
//! - SQLite gives `xOpen` memory of `szOsFile` bytes, aligned to 8, that stays where it is until `xClose`; a file whose
//!   `pMethods` is set is closed exactly once, one whose `pMethods` is null never.
//! - Names are null or end with a zero byte and live for the call; buffers are as long as is said beside them.
//! - One file is used by one thread at a time (its connection's mutex), different files by different threads.
//! - The functions of the system's VFS that are copied as they are use nothing of the VFS they are called with.
//!
//! A file of ours is [`File`] with the system's own file behind it in the same memory. What is decided is decided in
//! [`watched`](super::watched), which is safe; here is only the passing on. A panic in here would end the process: none is
//! left but those of a mutex or an allocation.

use super::disk::watching;
use super::plan::{Fault, Operation};
use super::watched::{Opened, Outcome};
use crate::Trouble;
use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::OnceLock;

/// A file of ours; the system's own lies behind it.
#[repr(C, align(8))]
struct File {
    base: sqlite3_file,
    opened: *mut Opened,
}

/// What SQLite knows it by.
const NAME: &CStr = c"wurao-fault";

/// Makes ours the VFS that SQLite opens files with; once for the process.
pub(super) fn install() -> Result<(), Trouble> {
    static INSTALLED: OnceLock<c_int> = OnceLock::new();
    let said = *INSTALLED.get_or_init(|| {
        // SAFETY: a null name asks for the default VFS, which lives as long as the process; it is copied and not changed.
        unsafe {
            let system = ffi::sqlite3_vfs_find(std::ptr::null());
            if system.is_null() {
                return ffi::SQLITE_NOTFOUND;
            }
            let ours = sqlite3_vfs {
                szOsFile: size_of::<File>() as c_int + (*system).szOsFile,
                pNext: std::ptr::null_mut(),
                zName: NAME.as_ptr(),
                pAppData: system.cast(),
                xOpen: Some(open),
                xDelete: Some(delete),
                xAccess: Some(access),
                ..*system
            };
            // Never freed: SQLite keeps it.
            ffi::sqlite3_vfs_register(Box::into_raw(Box::new(ours)), 1)
        }
    });
    if said == ffi::SQLITE_OK { Ok(()) } else { Err(Trouble::new("give SQLite our files", format!("it says {said}"))) }
}

/// Has SQLite draw its own chance (the salts of its log) from a seed, in this whole process.
pub fn seed_sqlite(seed: u64) {
    // Nothing would mean the system's own chance.
    let seed = (seed as c_int).max(1);
    // SAFETY: this control takes an int and a connection, which may be null.
    unsafe {
        ffi::sqlite3_test_control(ffi::SQLITE_TESTCTRL_PRNG_SEED, seed, std::ptr::null_mut::<ffi::sqlite3>());
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Without the third version's mapped reads, which would pass by.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(take_lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The system's VFS behind ours.
///
/// # Safety
/// `vfs` is ours.
unsafe fn system(vfs: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: `install` put it there.
    unsafe { (*vfs).pAppData.cast() }
}

/// The system's file behind ours.
///
/// # Safety
/// `file` is ours, in memory of the `szOsFile` that `install` asked for.
unsafe fn behind(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: the memory goes on for the system's `szOsFile` after ours, whose size keeps it aligned.
    unsafe { file.cast::<File>().add(1).cast() }
}

/// What is known of an open file.
///
/// # Safety
/// `file` is ours and open, and nobody else uses it during the call: SQLite sees to that.
unsafe fn opened<'a>(file: *mut sqlite3_file) -> &'a mut Opened {
    // SAFETY: `open` made it and `close` alone frees it.
    unsafe { &mut *(*file.cast::<File>()).opened }
}

/// Calls a method of the system's file behind ours.
macro_rules! really {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let real = behind($file);
        match (*(*real).pMethods).$method {
            Some(method) => method(real $(, $argument)*),
            None => ffi::SQLITE_IOERR,
        }
    }};
}

fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    // SAFETY: SQLite's names end with a zero byte and outlive the call that this is used in.
    (!name.is_null()).then(|| Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes())))
}

/// A result code as it goes through [`Outcome`]: good ones and others.
fn good(code: c_int) -> Result<c_int, c_int> {
    if code == ffi::SQLITE_OK { Ok(code) } else { Err(code) }
}

/// The code for what has become of an operation; `error` is its own I/O error, `full` what it says of a full disk.
fn code(outcome: Outcome<c_int>, error: c_int, full: c_int) -> c_int {
    match outcome {
        Outcome::Did(said) => said,
        Outcome::Fails(Fault::Full) => full,
        Outcome::Fails(Fault::Cut | Fault::Failing) => error,
    }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: the memory is as large as `install` asked for. A file that nobody watches is the system's own in it, methods
    // and all; of ours `pMethods` is set last, once all of it is there.
    unsafe {
        let system = system(vfs);
        let Some(system_open) = (*system).xOpen else { return ffi::SQLITE_CANTOPEN };
        let Some((path, watched)) = path(name).and_then(|path| Some((path, watching(path)?))) else {
            return system_open(system, name, file, flags, out_flags);
        };
        (*file).pMethods = std::ptr::null();
        let makes = flags & ffi::SQLITE_OPEN_CREATE != 0;
        let journals = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
        let real = behind(file);
        (*real).pMethods = std::ptr::null();
        let outcome = watched
            .open(path, makes, flags & journals != 0, || good(system_open(system, name, real, flags, out_flags)));
        match outcome {
            Outcome::Did(Ok((code, opened))) => {
                (*file.cast::<File>()).opened = Box::into_raw(Box::new(opened));
                (*file).pMethods = &METHODS;
                code
            }
            Outcome::Did(Err(code)) => {
                // Opened halfway: SQLite closes what has methods, and ours has none.
                if !(*real).pMethods.is_null() {
                    really!(file, xClose);
                }
                code
            }
            Outcome::Fails(_) => ffi::SQLITE_CANTOPEN,
        }
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, flush_folder: c_int) -> c_int {
    // SAFETY: `vfs` is ours and the system's own is behind it.
    unsafe {
        let system = system(vfs);
        let Some(system_delete) = (*system).xDelete else { return ffi::SQLITE_IOERR_DELETE };
        let really = || system_delete(system, name, flush_folder);
        match path(name).and_then(|path| Some((path, watching(path)?))) {
            None => really(),
            Some((path, watched)) => {
                let outcome = watched.delete(path, flush_folder != 0, || good(really()));
                code(outcome, ffi::SQLITE_IOERR_DELETE, ffi::SQLITE_IOERR_DELETE)
            }
        }
    }
}

unsafe extern "C" fn access(vfs: *mut sqlite3_vfs, name: *const c_char, flags: c_int, out: *mut c_int) -> c_int {
    // SAFETY: `vfs` is ours and the system's own is behind it.
    unsafe {
        let system = system(vfs);
        let Some(system_access) = (*system).xAccess else { return ffi::SQLITE_IOERR_ACCESS };
        let really = || system_access(system, name, flags, out);
        match path(name).and_then(|path| Some((path, watching(path)?))) {
            None => really(),
            Some((path, watched)) => {
                code(watched.look(path, really), ffi::SQLITE_IOERR_ACCESS, ffi::SQLITE_IOERR_ACCESS)
            }
        }
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once; a dead disk too lets go of its files.
    unsafe {
        let code = really!(file, xClose);
        drop(Box::from_raw((*file.cast::<File>()).opened));
        (*file).pMethods = std::ptr::null();
        code
    }
}

unsafe extern "C" fn read(file: *mut sqlite3_file, to: *mut c_void, length: c_int, at: sqlite3_int64) -> c_int {
    // SAFETY: `file` is ours and open; `to` has room for `length` bytes.
    unsafe {
        let really = || really!(file, xRead, to, length, at);
        let outcome = opened(file).ask(Operation::Read, at as usize, length as usize, really);
        code(outcome, ffi::SQLITE_IOERR_READ, ffi::SQLITE_IOERR_READ)
    }
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, length: c_int, at: sqlite3_int64) -> c_int {
    // SAFETY: `file` is ours and open; `from` holds `length` bytes.
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), length as usize);
        let really = |part: &[u8]| good(really!(file, xWrite, part.as_ptr().cast(), part.len() as c_int, at));
        let outcome = opened(file).write(at as usize, bytes, really);
        code(outcome, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_FULL)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, to: sqlite3_int64) -> c_int {
    // SAFETY: `file` is ours and open.
    unsafe {
        let outcome = opened(file).truncate(to as usize, || good(really!(file, xTruncate, to)));
        code(outcome, ffi::SQLITE_IOERR_TRUNCATE, ffi::SQLITE_IOERR_TRUNCATE)
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: `file` is ours and open.
    unsafe {
        let outcome = opened(file).flush(|| good(really!(file, xSync, flags)));
        code(outcome, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_FSYNC)
    }
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    // SAFETY: `file` is ours and open.
    unsafe {
        let outcome = opened(file).ask(Operation::Look, 0, 0, || really!(file, xFileSize, out));
        code(outcome, ffi::SQLITE_IOERR_FSTAT, ffi::SQLITE_IOERR_FSTAT)
    }
}

unsafe extern "C" fn take_lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: `file` is ours and open.
    unsafe {
        let outcome = opened(file).ask(Operation::Lock, level as usize, 0, || really!(file, xLock, level));
        code(outcome, ffi::SQLITE_IOERR_LOCK, ffi::SQLITE_IOERR_LOCK)
    }
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: `file` is ours and open. Letting go always works: locks are no part of the disk.
    unsafe { really!(file, xUnlock, level) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: `file` is ours and open.
    unsafe {
        let outcome = opened(file).ask(Operation::Lock, 0, 0, || really!(file, xCheckReservedLock, out));
        code(outcome, ffi::SQLITE_IOERR_CHECKRESERVEDLOCK, ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)
    }
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
    // These make a file longer behind our back; it grows by its writes just as well.
    if matches!(operation, ffi::SQLITE_FCNTL_SIZE_HINT | ffi::SQLITE_FCNTL_CHUNK_SIZE) {
        return ffi::SQLITE_OK;
    }
    // SAFETY: `file` is ours and open; `argument` is what this operation takes.
    unsafe { really!(file, xFileControl, operation, argument) }
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: `file` is ours and open.
    unsafe { really!(file, xSectorSize) }
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: `file` is ours and open.
    unsafe { really!(file, xDeviceCharacteristics) }
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    region: c_int,
    length: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: `file` is ours and open.
    unsafe {
        let really = || really!(file, xShmMap, region, length, extend, out);
        let outcome = opened(file).map(region as usize, length as usize, extend != 0, really);
        code(outcome, ffi::SQLITE_IOERR_SHMMAP, ffi::SQLITE_IOERR_SHMSIZE)
    }
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, from: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: `file` is ours and open.
    unsafe {
        let really = || really!(file, xShmLock, from, count, flags);
        if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
            return really();
        }
        let outcome = opened(file).ask(Operation::Lock, from as usize, count as usize, really);
        code(outcome, ffi::SQLITE_IOERR_SHMLOCK, ffi::SQLITE_IOERR_SHMLOCK)
    }
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: `file` is ours and open.
    unsafe {
        let real = behind(file);
        if let Some(barrier) = (*(*real).pMethods).xShmBarrier {
            barrier(real);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, remove: c_int) -> c_int {
    // SAFETY: `file` is ours and open. Letting go always works.
    unsafe { really!(file, xShmUnmap, remove) }
}

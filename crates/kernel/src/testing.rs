//! For unit tests: a machine with one process that has some writable memory.

use std::rc::Rc;

use abi::{Fd, MapFlags, OpenFlags, Path, Pid, Prot, Syscall, VirtAddr};

use crate::{Command, Executable, Kernel, KernelConfig, Outcome, Segment};

/// Writable memory of the test's process: 16 pages from here on.
pub(crate) const BUFFER: VirtAddr = VirtAddr(0x40_0000);

/// A machine, and the process whose calls a test makes.
pub(crate) struct Lab {
    pub kernel: Kernel,
    pub pid: Pid,
}

impl Lab {
    pub fn new() -> Lab {
        Lab::with(KernelConfig::classroom())
    }

    pub fn with(config: KernelConfig) -> Lab {
        let mut kernel = Kernel::new(config);
        let bss = Segment {
            address: BUFFER,
            offset: 0,
            file_length: 0,
            memory_length: 16 * 4096,
            prot: Prot::PROT_READ | Prot::PROT_WRITE,
        };
        let executable = Executable {
            path: "a.out".into(),
            file: Rc::from([]),
            segments: vec![bss],
        };
        let spawn = Command::Spawn {
            executable: Rc::new(executable),
            arguments: vec!["a.out".into()],
        };
        let Outcome::Return(pid) = kernel.apply(spawn).outcome else {
            panic!("no process");
        };
        let pid = Pid(pid as i32);
        Lab { kernel, pid }
    }

    /// Makes a call as this process.
    pub fn call(&mut self, call: Syscall) -> Outcome {
        self.call_as(self.pid, call)
    }

    pub fn call_as(&mut self, pid: Pid, call: Syscall) -> Outcome {
        self.kernel.execute(&Command::Syscall { pid, call })
    }

    /// Makes a call that succeeds, and gives its value.
    pub fn value(&mut self, call: Syscall) -> u64 {
        let text = call.to_string();
        match self.call(call) {
            Outcome::Return(value) => value,
            other => panic!("{text}: {other:?}"),
        }
    }

    /// The name of the error that a call gives.
    pub fn errno(&mut self, call: Syscall) -> &'static str {
        match self.call(call) {
            Outcome::Error { errno, .. } => errno.name(),
            other => panic!("not an error: {other:?}"),
        }
    }

    pub fn open(&mut self, path: &str, flags: OpenFlags) -> Fd {
        let path = Path::Text(path.into());
        Fd(self.value(Syscall::Open {
            path,
            flags,
            mode: 0o644,
        }) as i32)
    }

    /// Opens for reading and writing; makes the file.
    pub fn create(&mut self, path: &str) -> Fd {
        self.open(path, OpenFlags::O_RDWR | OpenFlags::O_CREAT)
    }

    /// Stores bytes at an address, as the program would.
    pub fn poke(&mut self, address: VirtAddr, bytes: &[u8]) -> Outcome {
        self.kernel.store_bytes(self.pid, address, bytes)
    }

    /// Loads bytes from an address.
    pub fn peek(&mut self, address: VirtAddr, length: u64) -> Vec<u8> {
        match self.kernel.load_bytes(self.pid, address, length) {
            Outcome::Bytes(bytes) => bytes.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    /// Loads bytes as a text.
    pub fn text(&mut self, address: VirtAddr, length: u64) -> String {
        String::from_utf8_lossy(&self.peek(address, length)).into_owned()
    }

    /// write(2) of a text that lies in the middle of the buffer.
    pub fn write(&mut self, fd: Fd, text: &str) -> Outcome {
        let buffer = BUFFER.offset(8 * 4096);
        self.poke(buffer, text.as_bytes());
        let count = text.len() as u64;
        self.call(Syscall::Write { fd, buffer, count })
    }

    /// What pread(2) gives, as a text.
    pub fn pread(&mut self, fd: Fd, count: u64, offset: i64) -> String {
        let call = Syscall::Pread {
            fd,
            buffer: BUFFER,
            count,
            offset,
        };
        let done = self.value(call);
        self.text(BUFFER, done)
    }

    /// Maps `length` bytes of a file, for reading and writing.
    pub fn map(&mut self, fd: Fd, length: u64, flags: MapFlags) -> VirtAddr {
        let call = Syscall::Mmap {
            address: VirtAddr::NULL,
            length,
            prot: Prot::PROT_READ | Prot::PROT_WRITE,
            flags,
            fd,
            offset: 0,
        };
        VirtAddr(self.value(call))
    }

    /// Adds a file to the disk.
    pub fn add_file(&mut self, path: &str, bytes: &[u8]) {
        let command = Command::AddFile {
            path: path.into(),
            bytes: Rc::from(bytes),
        };
        assert_eq!(self.kernel.execute(&command), Outcome::Return(0));
    }
}

//! The bytes of files, for taking them out of the lab: what read(2) would give now.

use kernel::addr::{InodeId, PAGE_SIZE, PageIndex};
use session::Session;

/// All bytes of a file: of each page what the cache holds, else what the disk does; holes are zeros.
pub fn file_bytes(session: &Session, inode: InodeId) -> Vec<u8> {
    let kernel = session.kernel();
    let files = kernel.files();
    let file = files.inode(inode);
    let mut bytes = vec![0; usize::try_from(file.size).unwrap_or(0)];
    let page_size = usize::try_from(PAGE_SIZE).unwrap_or(1);
    for (index, page) in (0..).map(PageIndex).zip(bytes.chunks_mut(page_size)) {
        match (file.cached(index), file.block(index)) {
            (Some(frame), _) => kernel.frames().get(frame).contents.read(0, page),
            (None, Some(block)) => files.disk.read(block).read(0, page),
            (None, None) => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use session::{LabFile, Setup, Until};

    #[test]
    fn bytes_are_the_cache_over_the_disk() {
        let given: Vec<u8> = (0..10_000u32).map(|n| (n % 251) as u8).collect();
        let setup = Setup {
            program: "int fd = open(\"f\", O_RDWR);\n\
                      char *p = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);\n\
                      p[5000] = 'Q';\n"
                .into(),
            files: vec![LabFile::new("f", &given)],
            ..Setup::default()
        };
        let mut session = Session::new(setup).expect("a program");
        let scene = crate::scene(&session, &crate::Focus::default());
        let inode = scene
            .files
            .iter()
            .find(|file| file.name == "f")
            .expect("f")
            .inode;
        assert_eq!(file_bytes(&session, inode), given);
        session.run(1000, Until::End);
        let mut expected = given;
        expected[5000] = b'Q';
        assert_eq!(file_bytes(&session, inode), expected);
        assert_eq!(file_bytes(&session, InodeId(9999)), [0; 0]);
    }
}

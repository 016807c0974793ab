//! Hints for names that are not known.

/// Names that C programs use and the lab's language leaves out, by prefix, with what to say.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "pthread_",
        "threads are not part of the lab's language; use fork()",
    ),
    (
        "thrd_",
        "threads are not part of the lab's language; use fork()",
    ),
    (
        "mtx_",
        "threads are not part of the lab's language; use fork()",
    ),
    (
        "va_",
        "functions with a variable number of arguments cannot be defined in the lab",
    ),
    (
        "__builtin_va",
        "functions with a variable number of arguments cannot be defined in the lab",
    ),
    (
        "fopen",
        "the lab has files as descriptors: open(), read(), write(), close()",
    ),
    (
        "fclose",
        "the lab has files as descriptors: open(), read(), write(), close()",
    ),
    (
        "fread",
        "the lab has files as descriptors: open(), read(), write(), close()",
    ),
    (
        "fwrite",
        "the lab has files as descriptors: open(), read(), write(), close()",
    ),
    (
        "fgets",
        "programs of the lab read files with read(); there is no keyboard",
    ),
    (
        "gets",
        "programs of the lab read files with read(); there is no keyboard",
    ),
    (
        "getchar",
        "programs of the lab read files with read(); there is no keyboard",
    ),
    (
        "scanf",
        "programs of the lab read files with read(); there is no keyboard",
    ),
    (
        "fscanf",
        "programs of the lab read files with read(); there is no keyboard",
    ),
    ("sscanf", "use strtol()"),
    ("atof", "floating point is not part of the lab's language"),
    ("strtod", "floating point is not part of the lab's language"),
    (
        "qsort",
        "general function pointers are not part of the lab's language; write the loop",
    ),
    (
        "bsearch",
        "general function pointers are not part of the lab's language; write the loop",
    ),
    (
        "atexit",
        "general function pointers are not part of the lab's language",
    ),
    (
        "exec",
        "programs of the lab are one file and cannot start others",
    ),
    (
        "system",
        "programs of the lab are one file and cannot start others",
    ),
    (
        "popen",
        "programs of the lab are one file and cannot start others",
    ),
    (
        "dlopen",
        "programs of the lab are one file and cannot load others",
    ),
    (
        "shmget",
        "the lab has POSIX shared memory: shm_open() and mmap()",
    ),
    (
        "shmat",
        "the lab has POSIX shared memory: shm_open() and mmap()",
    ),
    (
        "semget",
        "the lab has POSIX semaphores in shared memory: sem_init()",
    ),
    (
        "sem_open",
        "the lab has semaphores in shared memory: sem_init()",
    ),
    ("socket", "sockets are not part of the lab"),
    (
        "time",
        "the lab has no clock: the same program gives the same run, always",
    ),
    (
        "clock",
        "the lab has no clock: the same program gives the same run, always",
    ),
    (
        "gettimeofday",
        "the lab has no clock: the same program gives the same run, always",
    ),
    ("alloca", "declare an array of variable length instead"),
];

/// What may help with an unknown name.
pub fn for_unknown<'a>(
    name: &str,
    is_called: bool,
    known: impl Iterator<Item = &'a str>,
) -> Option<String> {
    let left_out = LEFT_OUT.iter().find(|(prefix, _)| name.starts_with(prefix));
    let is_named = left_out.is_some_and(|(prefix, _)| *prefix == name);
    if !is_named && let Some(near) = nearest(name, known) {
        return Some(format!("did you mean `{near}`?"));
    }
    let general = "declare the function above, or see which functions the lab has";
    match left_out {
        Some((_, hint)) => Some((*hint).to_owned()),
        None => is_called.then(|| general.to_owned()),
    }
}

/// The known name that is a slip away from a name, if there is one.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let allowed = match length {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    let near = known.filter(|other| other.chars().count().abs_diff(length) <= allowed);
    let distances = near.map(|other| (strsim::osa_distance(name, other), other));
    let close = distances.filter(|(distance, _)| (1..=allowed).contains(distance));
    close.min().map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["mmap", "munmap", "mprotect", "PROT_READ"];
        assert_eq!(nearest("mmpa", known.into_iter()), Some("mmap"));
        assert_eq!(nearest("PROT_RAED", known.into_iter()), Some("PROT_READ"));
        assert_eq!(nearest("sqrt", known.into_iter()), None);
        assert_eq!(nearest("x", known.into_iter()), None);
    }

    #[test]
    fn what_is_left_out_is_explained() {
        let hint = for_unknown("pthread_create", true, std::iter::empty());
        assert!(hint.is_some_and(|hint| hint.contains("threads")));
        assert_eq!(for_unknown("foo", false, std::iter::empty()), None);
    }
}

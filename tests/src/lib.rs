//! Tests of the whole: the C suite, the house rules, the browser journeys.

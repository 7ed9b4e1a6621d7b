"""The life of an answer: engine (asks the model) → writer (commits) → follow (reads), held together by the runner."""

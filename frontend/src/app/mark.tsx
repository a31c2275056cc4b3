// The mark: two lines of a wake.
export function Mark() {
  return (
    <svg width="26" height="26" viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#1864ab" />
      <path d="M5 21c3.5 0 3.5-4 7-4s3.5 4 7 4 3.5-4 8-4" stroke="#a5d8ff" strokeWidth="2.6" strokeLinecap="round" />
      <path d="M5 14c3.5 0 3.5-4 7-4s3.5 4 7 4 3.5-4 8-4" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}

import type { NoticeSubjects } from '../src/notices/subject.ts';

/** Which feature composes which kind of notice. Loaded at the first message, with all that it takes. */
export async function loadNoticeSubjects(): Promise<NoticeSubjects> {
  const { assignmentNotice } = await import('../src/credits/assignment-notice.ts');
  const { endingReminder } = await import('../src/reminders/end-reminder-mail.ts');
  return { assignment: assignmentNotice, 'credit-ending': endingReminder };
}

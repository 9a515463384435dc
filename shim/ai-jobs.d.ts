// Generated from the service's OpenAPI document by generate-types.mjs; not edited by hand.

/**
 * Payload and result of every job of the queue `ai-jobs`, by the job's name.
 */
export interface AiJobs {
  /**
   * Rewrite a résumé for a posting. Rewords the bullets and the summary for the posting, lets through only what the student said, and stores the variant. `resultId` is the variant's id at `GET /resumes/{id}`.
   */
  "rewrite-resume": {
    payload: RewriteResumePayload;
    result: AiJobResult;
  };
  /**
   * Suggest improvements to a résumé. Suggests better wordings, and asks the student what is missing, the weakest texts first. Each wording says only what the student said; nothing is written into the résumé until it is accepted. `resultId` is the id of the set at `GET /suggestion-sets/{id}`, which may be empty.
   */
  "suggest-improvements": {
    payload: SuggestImprovementsPayload;
    result: AiJobResult;
  };
  /**
   * Summarise a student for a placement officer. Writes three or four sentences from the student's profile and current résumé (the newest that is no variant), checks each against exactly the facts it cites, and stores them. Nothing changed since, and no `force`: the stored summary is the result and no model is asked. `resultId` is the summary's id at `GET /student-summaries/{id}`.
   */
  "generate-student-summary": {
    payload: GenerateStudentSummaryPayload;
    result: AiJobResult;
  };
  /**
   * Narrate a cohort's placement figures. Computes rates, medians, changes and outliers from a cohort's figures, hides groups of fewer than five, and has a model narrate the table; a sentence is kept only if each of its figures is in the cells it cites. `resultId` is the summary's id at `GET /analytics-summaries/{id}`, which gives sentences and table.
   */
  "generate-analytics-summary": {
    payload: GenerateAnalyticsSummaryPayload;
    result: AiJobResult;
  };
  /**
   * Analyse a posting. Extracts what a posting asks for: skills with their importance from 0 to 1, seniority, experience, three to seven key requirements, domain, tone and culture. Every part is backed by a quote that was found in the posting; importance is computed. An equal posting within an hour gets the stored analysis and no model is asked. `resultId` is the analysis's id at `GET /posting-analyses/{id}`.
   */
  "analyze-posting": {
    payload: AnalyzePostingPayload;
    result: AiJobResult;
  };
  /**
   * Tailor a résumé to a posting. Analyses the posting, finds what the student wrote that fits it, and makes up to three attempts at a variant: rewordings that say only what the student said, and a better order. Each is scored; the best is stored with every score, what changed, and a report of what the posting asks for and the student does not name. `resultId` is the variant at `GET /resumes/{id}` and the report at `GET /tailorings/{id}`; `GET /runs/{runId}/events` follows the steps.
   */
  "tailor-resume": {
    payload: TailorResumePayload;
    result: AiJobResult;
  };
}
/**
 * Document 000's payload; title and description may be absent when the posting is stored.
 */
export interface RewriteResumePayload {
  tenant_id: string;
  student_id: string;
  resume_id: string;
  job_id: string;
  job_title?: string | null;
  job_description?: string | null;
  tone: "concise" | "detailed" | "professional";
}
/**
 * Where the result is, by its kind's route; the callback to core-api names it too.
 */
export interface AiJobResult {
  resultId: string;
}
/**
 * Document 000's payload; with `job_id` the suggestions are for that stored posting.
 */
export interface SuggestImprovementsPayload {
  tenant_id: string;
  student_id: string;
  resume_id: string;
  job_id?: string | null;
}
/**
 * Document 000's payload; `force` asks the model although nothing has changed.
 */
export interface GenerateStudentSummaryPayload {
  tenant_id: string;
  student_id: string;
  force?: boolean;
}
/**
 * A cohort's figures in a period, whom they are for, and an earlier period to compare with.
 *
 * It is about many students: one that names a single student is refused.
 */
export interface GenerateAnalyticsSummaryPayload {
  tenant_id: string;
  student_id?: null;
  period: Period;
  /**
   * Decides how much is shown; students see no branches and no ranks.
   */
  audience: "placement_officer" | "management" | "students";
  figures: CohortFigures;
  previous?: PreviousPeriod | null;
}
/**
 * A span of days, both ends in it, and what people call it.
 */
export interface Period {
  label: string;
  start: string;
  end: string;
}
/**
 * A cohort in one period.
 *
 * `offers` are the students who hold an offer: one with several counts once, with the offer that
 * counts. Branches, companies, statuses and months may leave students out, and never count one
 * twice. `packages` are the yearly amounts in `packageUnit` (LPA: lakhs of rupees); without them
 * those of the branches, else those of the companies, stand for the whole.
 */
export interface CohortFigures {
  students: number;
  offers: number;
  package_unit?: "LPA" | "INR" | "USD" | "EUR" | "GBP";
  /**
   * @maxItems 20000
   */
  packages?: (number | string)[];
  /**
   * @maxItems 100
   */
  branches?: Branch[];
  /**
   * @maxItems 500
   */
  companies?: Company[];
  /**
   * @maxItems 30
   */
  statuses?: Status[];
  /**
   * @maxItems 60
   */
  months?: Month[];
  /**
   * @maxItems 20
   */
  series?:
    | []
    | [Series]
    | [Series, Series]
    | [Series, Series, Series]
    | [Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series, Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series, Series, Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series]
    | [Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series, Series]
    | [
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series
      ]
    | [
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series
      ]
    | [
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series
      ]
    | [
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series
      ]
    | [
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series
      ]
    | [
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series,
        Series
      ];
}
/**
 * A branch of study. `offers` are students with an offer; `packages` what they were offered.
 */
export interface Branch {
  name: string;
  students: number;
  offers: number;
  /**
   * @maxItems 20000
   */
  packages?: (number | string)[];
}
/**
 * A company. `offers` are students whose offer is from it; `packages` what it offers them.
 */
export interface Company {
  name: string;
  offers: number;
  /**
   * @maxItems 20000
   */
  packages?: (number | string)[];
}
/**
 * How many students are in a state, as core-api names it; a student is in one at most.
 */
export interface Status {
  name: string;
  students: number;
}
/**
 * How many of the offers came in a calendar month, `2026-01`.
 */
export interface Month {
  month: string;
  offers: number;
}
/**
 * Any other figures by name.
 *
 * `counts` says of what: `students`; `things` that are not people (drives, interviews); `percent`
 * of the point's students; or an `amount` per student in the package's unit, such as a mean.
 */
export interface Series {
  name: string;
  counts: "students" | "things" | "percent" | "amount";
  /**
   * @minItems 1
   * @maxItems 100
   */
  points: [Point, ...Point[]];
}
/**
 * One value of a series. `students` is how many a percentage or an amount is about.
 */
export interface Point {
  name: string;
  value: number | string;
  students?: number | null;
}
/**
 * An earlier period to compare with.
 */
export interface PreviousPeriod {
  period: Period;
  figures: CohortFigures;
}
/**
 * A posting, by its text or by the id it is stored under; it is about no student.
 */
export interface AnalyzePostingPayload {
  tenant_id: string;
  student_id?: string | null;
  job_id?: string | null;
  job_title?: string | null;
  job_description?: string | null;
}
/**
 * A student and a posting; without `resume_id` their own résumé that was written last.
 */
export interface TailorResumePayload {
  tenant_id: string;
  student_id: string;
  job_id?: string | null;
  job_title?: string | null;
  job_description?: string | null;
  resume_id?: string | null;
}

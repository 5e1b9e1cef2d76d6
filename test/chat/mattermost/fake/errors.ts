/** A request that the server refuses, as its `AppError`. Source: model/utils.go `AppError`. */
export class ApiError extends Error {
  readonly status: number;
  readonly id: string;
  /** Goes to clients where EnableDeveloper is on only, so never here. */
  readonly detail: string;

  constructor(status: number, id: string, detail = '') {
    super(id);
    this.name = 'ApiError';
    this.status = status;
    this.id = id;
    this.detail = detail;
  }
}

export const forbidden = (): ApiError => new ApiError(403, 'api.context.permissions.app_error');
export const badParameter = (name: string): ApiError => new ApiError(400, 'api.context.invalid_body_param.app_error', name);
export const badAddress = (name: string): ApiError => new ApiError(400, 'api.context.invalid_url_param.app_error', name);
export const noPost = (): ApiError => new ApiError(404, 'app.post.get.app_error');
export const sessionExpired = (): ApiError => new ApiError(401, 'api.context.session_expired.app_error');

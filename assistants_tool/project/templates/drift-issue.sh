issues=repos/$GITHUB_REPOSITORY/issues
run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
export MARKER="<!-- assistants-tool drift $ASSISTANTS_ENVIRONMENT -->" ME
# Ours are known by their first line and their author: a stranger's issue with that line is not ours.
ME=$(gh api graphql -f query='{viewer{login}}' --jq .data.viewer.login)
open=$(gh api --paginate "$issues?state=open&sort=created&direction=asc&per_page=100" --jq '.[]
  | select(.pull_request == null and .user.login == env.ME and ((.body // "") | startswith(env.MARKER))) | .number')
if [ "$PLAN_CODE" = 0 ]; then
  for number in $open; do
    gh api --silent --method POST "$issues/$number/comments" \
      --raw-field "body=The endpoint is as the files say: [the run that looked]($run)."
    gh api --silent --method PATCH "$issues/$number" --raw-field state=closed --raw-field state_reason=completed
  done
  exit
fi
plan=$(cat "$RUNNER_TEMP/plan.md")
if [ "${#plan}" -gt 62000 ]; then # GitHub takes 65,536 characters
  plan="The plan is too long for an issue. It is in the artifact below."
fi
{
  printf '%s\n%s\n\n' "$MARKER" "$plan"
  printf 'The whole plan is [a page to review](%s), kept for 30 days by [the run that looked](%s). ' "$PAGE_URL" "$run"
  printf 'Apply the files, or take the change over into them; this issue is closed when nothing differs any more.\n'
} > "$RUNNER_TEMP/issue.md"
title="Assistants: $ASSISTANTS_ENVIRONMENT is not as the files say"
number=${open%%$'\n'*}
if [ -n "$number" ]; then
  gh api --silent --method PATCH "$issues/$number" --raw-field "title=$title" --field "body=@$RUNNER_TEMP/issue.md"
else
  gh api --silent --method POST "$issues" --raw-field "title=$title" --field "body=@$RUNNER_TEMP/issue.md"
fi

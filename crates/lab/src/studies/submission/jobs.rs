//! An indexed job for Kubernetes.

use crate::studies::submission::array::Submission;

/// The manifest, as YAML. All pods share out all members, as they come: a container without a shell cannot count its index
/// from 1. A pod that is lost is begun again, and goes on where it was last saved.
pub fn manifest(submission: &Submission) -> String {
    let Submission { folder, tasks, cores, time, .. } = submission;
    let (name, memory, folder) = (submission.job_name(), submission.mebibytes(), folder.display());
    let words: Vec<String> = submission
        .words()
        .iter()
        .map(|word| format!("            - {}\n", serde_json::json!(word)))
        .collect();
    let (words, seconds, failures) = (words.concat(), time.as_secs(), 6 * tasks);
    format!(
        r#"# Written by latentlab study --submit jobs; send it off with: kubectl create -f FILE
# Set the image (the Dockerfile makes one) and the claim: a volume that all pods share (ReadWriteMany), with the
# content of {folder}.
apiVersion: batch/v1
kind: Job
metadata:
  name: {name}
spec:
  completions: {tasks}
  parallelism: {tasks}
  completionMode: Indexed
  backoffLimit: {failures}
  template:
    spec:
      restartPolicy: Never
      activeDeadlineSeconds: {seconds}
      terminationGracePeriodSeconds: 120
      containers:
        - name: latentlab
          image: latentlab:latest
          workingDir: /lab
          args:
{words}          resources:
            requests:
              cpu: "{cores}"
              memory: {memory}Mi
            limits:
              memory: {memory}Mi
          volumeMounts:
            - name: study
              mountPath: /lab
      volumes:
        - name: study
          persistentVolumeClaim:
            claimName: latentlab-study
"#
    )
}
